package artifact

import (
	"errors"
	"os"
)

// openRegular opens a file and returns its size in bytes. What is no regular file (a directory, a pipe on which opening
// waits, a device that never ends) is an error.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, &os.PathError{Op: "open", Path: path, Err: errors.Unwrap(err)}
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &os.PathError{Op: "open", Path: path, Err: errors.New("this is no regular file")}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}
