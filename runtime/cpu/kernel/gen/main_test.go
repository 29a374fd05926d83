package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGeneratedFilesAreFresh holds the committed files to what the generator writes.
func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if difference := cmp.Diff(string(want), string(got)); difference != "" {
			t.Errorf("%s is not what the generator writes; run go generate ./runtime/cpu/kernel (-want +got):\n%.2000s", name, difference)
		}
	}
}
