package eval_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// TestFormatted checks that the standard library and the models stand as the formatter prints them.
func TestFormatted(t *testing.T) {
	for _, pattern := range []string{"../../stdlib/*.vn", "../../models/*.vn"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, found := syntax.Format(source.NewFile(name, string(text)))
			if len(found) > 0 {
				t.Error(render(found))
			}
			if d := cmp.Diff(string(text), got); d != "" {
				t.Errorf("%s (-is +formatted):\n%s", name, d)
			}
		}
	}
}
