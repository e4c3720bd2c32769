//go:build linux || darwin || freebsd || netbsd || openbsd

package receiver

import (
	"os"
	"syscall"
)

// lockFile fails at once if another process has the file; the lock ends with the process.
func lockFile(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
