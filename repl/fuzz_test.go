package repl_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vnlang/vn/repl"
)

// FuzzScript runs texts as scripts: whatever they say, the session ends in order.
func FuzzScript(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if typed, ok := strings.CutPrefix(line, "> "); ok {
				f.Add(typed)
				f.Add("x = literal([[[[1, 2], [3, 4]]]])\n" + typed)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := repl.Options{In: strings.NewReader(text), Out: io.Discard, Err: io.Discard, Threads: 1, Memory: 1 << 20}
		if err := repl.Run(context.Background(), o); err != nil && !errors.Is(err, repl.ErrFailed) {
			t.Error(err)
		}
	})
}
