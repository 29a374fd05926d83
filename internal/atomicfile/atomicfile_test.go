package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// files returns the names in a directory with their contents.
func files(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = string(content)
	}
	return found
}

func TestWriteCreatesAndReplaces(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "weights.bin")
	for _, text := range []string{"a first, longer content", "second"} {
		if err := Write(path, writeText(text)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"weights.bin": text}, files(t, directory)); diff != "" {
			t.Errorf("directory after writing %q (-want +got):\n%s", text, diff)
		}
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	cases := []struct {
		name    string
		failure error
		message string
	}{
		{"full disk", &os.PathError{Op: "write", Path: ".x.tmp", Err: syscall.ENOSPC}, "; free some space there"},
		{"quota", fmt.Errorf("compressing: %w", syscall.EDQUOT), "; free some space there"},
		{"producer", errors.New("voxel (1, 2, 3) is NaN"), "voxel (1, 2, 3) is NaN"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			directory := t.TempDir()
			path := filepath.Join(directory, "weights.bin")
			if err := Write(path, writeText("old")); err != nil {
				t.Fatal(err)
			}
			err := Write(path, func(w io.Writer) error {
				// More than any buffer holds, so that the half-written content reaches the disk.
				if _, err := w.Write(bytes.Repeat([]byte("half"), 1<<16)); err != nil {
					return err
				}
				return c.failure
			})
			if err == nil {
				t.Fatal("Write succeeded")
			}
			if !strings.HasPrefix(err.Error(), "write "+path+": ") || !strings.Contains(err.Error(), c.message) {
				t.Errorf("error %q does not name the file and %q", err, c.message)
			}
			if strings.Contains(err.Error(), ".tmp") {
				t.Errorf("error %q names the temporary file", err)
			}
			if diff := cmp.Diff(map[string]string{"weights.bin": "old"}, files(t, directory)); diff != "" {
				t.Errorf("directory after the failure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsWrapTheirCause(t *testing.T) {
	failure := errors.New("cause")
	err := Write(filepath.Join(t.TempDir(), "x"), func(io.Writer) error { return failure })
	if !errors.Is(err, failure) {
		t.Errorf("%v does not wrap the content's error", err)
	}
	err = Write(filepath.Join(t.TempDir(), "absent", "x"), writeText("x"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "create its directory first") {
		t.Errorf("missing directory: %v", err)
	}
	if err := Write(t.TempDir(), writeText("x")); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("writing over a directory: %v", err)
	}
}

func TestPermissionsAndLinksStay(t *testing.T) {
	directory := t.TempDir()
	real, link := filepath.Join(directory, "real"), filepath.Join(directory, "link")
	if err := os.WriteFile(real, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := Write(link, writeText("new")); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != "real" {
		t.Errorf("the link points at %q (%v), want real", target, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %o, want 640", info.Mode().Perm())
	}
	if diff := cmp.Diff(map[string]string{"real": "new", "link": "new"}, files(t, directory)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
}

func TestALinkInPlaceOfTheTemporaryFileIsNotFollowed(t *testing.T) {
	directory := t.TempDir()
	victim := filepath.Join(directory, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("victim", filepath.Join(directory, ".x.tmp")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := Write(filepath.Join(directory, "x"), writeText("new")); err == nil {
		t.Error("Write succeeded")
	}
	if content, _ := os.ReadFile(victim); string(content) != "precious" {
		t.Errorf("the link's target now holds %q", content)
	}
}

func TestWritersTakeTurns(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "x")
	contents := make(map[string]bool)
	var group sync.WaitGroup
	for i := range 8 {
		text := strings.Repeat(string(rune('a'+i)), 100_000+i)
		contents[text] = true
		group.Go(func() {
			for range 5 {
				if err := Write(path, writeText(text)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got := files(t, directory)
	if len(got) != 1 || !contents[got["x"]] {
		t.Errorf("%d files; the file holds none of the written contents whole", len(got))
	}
}

// TestKill ends a process in the middle of a write, again and again: the old file stays whole, at most one temporary
// file is left, and the next write succeeds.
func TestKill(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_TEST_PATH"); path != "" {
		Write(path, func(w io.Writer) error {
			w.Write(bytes.Repeat([]byte("half"), 1<<16))
			os.Stdout.WriteString("writing\n")
			time.Sleep(time.Minute)
			return nil
		})
		return
	}
	directory := t.TempDir()
	path := filepath.Join(directory, "x")
	if err := Write(path, writeText("old")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		command := exec.Command(os.Args[0], "-test.run=^TestKill$")
		command.Env = append(os.Environ(), "ATOMICFILE_TEST_PATH="+path)
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(output, make([]byte, len("writing\n"))); err != nil {
			t.Fatal(err)
		}
		command.Process.Kill()
		command.Wait()
		got := files(t, directory)
		if got["x"] != "old" || len(got) != 2 {
			t.Fatalf("after a kill the file holds %d bytes and the directory %d files", len(got["x"]), len(got))
		}
	}
	if err := Write(path, writeText("new")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x": "new"}, files(t, directory)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
}
