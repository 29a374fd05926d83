// Package atomicfile replaces files in one step, so that a reader, or a process that starts after a crash, finds
// either the whole old file or the whole new one.
//
// The content goes to a temporary file in the same directory, is synced to the disk, and takes its final name by
// rename. Whatever fails on the way (the function that produces the content, a full disk, a kill) leaves the old file
// as it was.
//
// The temporary file of "weights.bin" is ".weights.bin.tmp". Its name is fixed, so that processes killed one after
// another leave one such file behind and not one each; a lock on it, where the system has locks, makes several writers
// of the same file take turns.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write replaces the file at path with what content writes, or creates it with permissions 0666 less the umask.
// An existing file keeps its permissions, and a symbolic link keeps pointing at the file that is replaced.
//
// The error names path, the cause and the remedy, and wraps the cause; the file at path is then untouched and the
// temporary file is gone.
func Write(path string, content func(w io.Writer) error) error {
	if err := write(path, content); err != nil {
		return fmt.Errorf("write %s: %w%s", path, err, remedy(err))
	}
	return nil
}

func write(path string, content func(w io.Writer) error) (err error) {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	permissions := fs.FileMode(0)
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return errors.New("there is something here that is no regular file: choose another name")
	case err == nil:
		permissions = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return cause(err)
	}

	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	file, err := openLocked(temporary)
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			// Removed before the lock goes with Close: afterwards it might be the next writer's.
			os.Remove(temporary)
			file.Close()
		}
	}()

	if permissions != 0 {
		if err := file.Chmod(permissions); err != nil {
			return cause(err)
		}
	}
	buffered := bufio.NewWriterSize(file, 1<<16)
	if err := content(buffered); err != nil {
		return cause(err)
	}
	if err := buffered.Flush(); err != nil {
		return cause(err)
	}
	if err := file.Sync(); err != nil {
		return cause(err)
	}
	if err := rename(file, temporary, path); err != nil {
		return cause(err)
	}
	syncDirectory(filepath.Dir(path))
	return nil
}

// openLocked opens the temporary file for one writer alone, and empties it.
func openLocked(name string) (*os.File, error) {
	for {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			return nil, err
		}
		lock(file)
		// While this writer waited for the lock, the one before may have renamed or removed the file it opened.
		held, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		named, err := os.Lstat(name)
		if err == nil && !named.Mode().IsRegular() {
			file.Close()
			return nil, fmt.Errorf("%s is in the way: remove it", name)
		}
		if err != nil || !os.SameFile(held, named) {
			file.Close()
			continue
		}
		if err := file.Truncate(0); err != nil {
			file.Close()
			return nil, err
		}
		return file, nil
	}
}

// syncDirectory makes the rename itself durable. Not every file system can sync a directory, and the file is whole
// either way, so a failure is not one of Write.
func syncDirectory(name string) {
	if directory, err := os.Open(name); err == nil {
		directory.Sync()
		directory.Close()
	}
}

// cause strips the name of the temporary file, which means nothing to the user, from a file system error.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok && err == error(pathError) {
		return pathError.Err
	}
	if linkError, ok := errors.AsType[*os.LinkError](err); ok && err == error(linkError) {
		return linkError.Err
	}
	return err
}

func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "; free some space there, or write to another disk (a file already there is unchanged)"
	case errors.Is(err, fs.ErrPermission):
		return "; choose a directory in which you may write"
	case errors.Is(err, fs.ErrNotExist):
		return "; create its directory first"
	}
	return ""
}
