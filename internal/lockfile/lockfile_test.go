//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package lockfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestHold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for range 2 { // a lock that was let go can be taken again
		first, err := Hold(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Hold(path); !errors.Is(err, ErrHeld) {
			t.Errorf("a lock that is held is taken again: %v", err)
		}
		if err := first.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Hold(filepath.Join(path, "lock")); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("a lock in no directory: %v", err)
	}
	if _, err := Hold(filepath.Join(filepath.Dir(path), "absent", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lock in a directory that is not there: %v", err)
	}
}

const holderPath = "LOCKFILE_TEST_PATH"

// TestKill: the lock of a process that is killed is free.
func TestKill(t *testing.T) {
	if path := os.Getenv(holderPath); path != "" {
		l, err := Hold(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		time.Sleep(time.Minute)
		l.Release()
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.Command(os.Args[0], "-test.run=^TestKill$")
	holder.Env = append(os.Environ(), holderPath+"="+path)
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(output, make([]byte, len("held\n"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Hold(path); !errors.Is(err, ErrHeld) {
		t.Errorf("the lock of another process is taken: %v", err)
	}
	holder.Process.Kill()
	holder.Wait()
	l, err := Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
}
