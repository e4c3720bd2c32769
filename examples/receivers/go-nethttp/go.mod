module example.com/receiver

go 1.19

require malote.dev/receiver v0.1.0

replace malote.dev/receiver => ../../../sdk/go
