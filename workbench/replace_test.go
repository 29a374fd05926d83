package workbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A model is never written in the place of a file that it was made of, by whatever name.
func TestSaveSparesTheSources(t *testing.T) {
	path := write(t, "net.vn", `import "width.vn" as count
`+strings.Replace(small, "channels: width", "channels: count.of(width)", 1))
	folder := filepath.Dir(path)
	imported := filepath.Join(folder, "width.vn")
	if err := os.WriteFile(imported, []byte("block of(n) { return n }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link.vnc")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	m := load(t, path, Options{})
	for _, target := range []string{path, imported, link} {
		before, err := os.ReadFile(target)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Save(target, nil); err == nil || !strings.Contains(err.Error(), "it is a source of Net") {
			t.Errorf("%s: the error is %v", target, err)
		}
		if after, err := os.ReadFile(target); err != nil || string(after) != string(before) {
			t.Errorf("%s is another now: %v", target, err)
		}
	}
	artifact := filepath.Join(folder, "net.vnc")
	for range 2 { // an artifact may be replaced, also by one that is made of it
		if err := m.Save(artifact, nil); err != nil {
			t.Fatal(err)
		}
		m = load(t, artifact, Options{})
	}
}
