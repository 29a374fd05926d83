package syntax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s (%v)", pattern, err)
	}
	return paths
}

// golden runs a test on every archive of a folder: of each pair of files, in and out, it compares what make makes of
// in with out. An archive whose last file has no pair wants that file to be what make makes of it.
func golden(t *testing.T, pattern string, make func(t *testing.T, name, text string) string) {
	for _, path := range glob(t, pattern) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := archive.Files
			for i := 0; i < len(files); i += 2 {
				want := min(i+1, len(files)-1)
				got := make(t, files[i].Name, string(files[i].Data))
				if *update && want != i {
					files[want].Data = []byte(got)
				} else if diff := cmp.Diff(string(files[want].Data), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", files[want].Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestFormat compares layouts.
func TestFormat(t *testing.T) {
	golden(t, "testdata/format/*.txtar", func(t *testing.T, _, text string) string { return checkFormat(t, text) })
}

// TestRender compares messages as a person reads them.
func TestRender(t *testing.T) {
	golden(t, "testdata/render/*.txtar", func(t *testing.T, name, text string) string {
		_, errs := Parse(source.NewFile(name, text))
		var b strings.Builder
		if err := diag.Render(&b, errs, diag.Options{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}

// TestMistakes reads testdata/mistakes.txt: chunks of a program with a header line "--- code: summary" for each error,
// and the text that each blames between « and », in the order of the text.
func TestMistakes(t *testing.T) {
	const path = "testdata/mistakes.txt"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	count := 0
	for _, want := range strings.SplitAfter(string(data), "\n\n") {
		want = strings.TrimRight(want, "\n") + "\n"
		text := want
		for strings.HasPrefix(text, "--- ") {
			_, text, _ = strings.Cut(text, "\n")
		}
		plain := strings.NewReplacer("«", "", "»", "").Replace(text)
		_, errs := Parse(source.NewFile("a.vn", plain))
		got := marked(plain, errs)
		all.WriteString(got + "\n")
		count++
		if want != got && !*update {
			t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.TrimRight(all.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if count < 80 {
		t.Errorf("only %d mistakes", count)
	}
}

// marked puts the headers of errors above a text, and marks around what they blame.
func marked(text string, errs diag.List) string {
	var b strings.Builder
	for _, d := range errs {
		fmt.Fprintf(&b, "--- %s: %s\n", d.Code, d.Summary)
	}
	done := 0
	for _, d := range errs {
		if d.At.Start < done {
			continue
		}
		b.WriteString(text[done:d.At.Start] + "«" + text[d.At.Start:d.At.End] + "»")
		done = d.At.End
	}
	b.WriteString(text[done:])
	return b.String()
}
