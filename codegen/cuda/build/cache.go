package build

import (
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

// folder returns the directory of the cache; empty where the user has none.
func folder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "vn", "cubin")
}

// cached returns what was kept under a name; nil where there is nothing.
func cached(key string) []byte {
	dir := folder()
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, key)
	cubin, err := os.ReadFile(file)
	if err != nil || len(cubin) == 0 {
		return nil
	}
	now := time.Now()
	os.Chtimes(file, now, now) // used just now; if that cannot be noted, it goes sooner
	return cubin
}

// keep writes a cubin into the cache. A cache that cannot be written costs time and nothing else, so it is no error.
func keep(key string, cubin []byte) {
	dir := folder()
	if dir == "" || os.MkdirAll(dir, 0o777) != nil {
		return
	}
	err := atomicfile.Write(filepath.Join(dir, key), func(w io.Writer) error {
		_, err := w.Write(cubin)
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
