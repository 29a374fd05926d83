package build

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/internal/atomicfile"
)

// limit is how many bytes the cache takes; above it, what was used least recently goes. A variable for the tests.
var limit int64 = 1 << 30

// recipe counts the changes to what the compilers are told, here and in cmd/vnc-nvrtc.
const recipe = 1

// keyOf returns the name of what a compiler makes of a text.
func keyOf(text, version string, arch cuda.Arch) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q %s", recipe, version, arch, text)
	return fmt.Sprintf("%x.cubin", h.Sum(nil))
}

// Folder returns the directory of the cache; empty where the user has none.
func Folder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "vn", "cubin")
}

// cached returns what was kept under a name; nil where there is nothing, or where what there is was not kept under it.
func cached(key string) []byte {
	dir := Folder()
	if dir == "" {
		return nil
	}
	path := filepath.Join(dir, key)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostBytes+sha256.Size {
		return nil
	}
	entry, err := os.ReadFile(path)
	if err != nil || len(entry) <= sha256.Size {
		return nil
	}
	sum, cubin := entry[:sha256.Size], entry[sha256.Size:]
	if !bytes.Equal(sum, seal(key, cubin)) {
		os.Remove(path) // damaged, or of a vn before there were sums
		return nil
	}
	now := time.Now()
	os.Chtimes(path, now, now) // used just now; if that cannot be noted, it goes sooner
	return cubin
}

// seal returns the sum that an entry of the cache begins with.
func seal(key string, cubin []byte) []byte {
	h := sha256.New()
	fmt.Fprintln(h, key)
	h.Write(cubin)
	return h.Sum(nil)
}

// keep writes a cubin into the cache. A cache that cannot be written costs time and nothing else, so it is no error.
func keep(key string, cubin []byte) {
	dir := Folder()
	if dir == "" || os.MkdirAll(dir, 0o777) != nil {
		return
	}
	err := atomicfile.Write(filepath.Join(dir, key), func(w io.Writer) error {
		_, err := w.Write(append(seal(key, cubin), cubin...))
		return err
	})
	if err == nil {
		shrink(dir, limit)
	}
}

// shrink removes the files that were used least recently until the others take no more than so many bytes.
func shrink(dir string, most int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	var files []os.FileInfo
	total := int64(0)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(info.Name(), ".cubin") {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if total <= most {
			return
		}
		if os.Remove(filepath.Join(dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}
