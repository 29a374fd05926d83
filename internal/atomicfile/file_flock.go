//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock waits until no other writer holds the file. Closing the file, or the end of the process, releases it. On a file
// system without locks writers go on without.
func lock(file *os.File) {
	for {
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// rename gives the file its final name while its lock is still held, so that no waiting writer can empty it.
func rename(file *os.File, from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return file.Close()
}
