// Package lockfile keeps two processes from working in one directory at once, by a lock on a file there.
//
// The lock is the system's (flock(2)) and ends with the process that holds it, however that ends: there is no stale
// lock to be removed by hand after a kill. The file itself stays, and means nothing when nobody holds it. Where the
// system or the file system has no such locks, every process is let in.
package lockfile

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld is the error of a lock that somebody else holds, in another process or in this one.
var ErrHeld = errors.New("somebody else holds the lock")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Hold takes the lock on the file at path, which it makes if need be, or fails at once with an error that wraps ErrHeld.
func Hold(path string) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, fmt.Errorf("take a lock: %w", err)
	}
	if !lock(file) {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, ErrHeld)
	}
	return &Lock{file}, nil
}

// Release lets the next one in.
func (l *Lock) Release() error { return l.file.Close() }
