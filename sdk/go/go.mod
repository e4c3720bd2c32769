module malote.dev/receiver

go 1.19
