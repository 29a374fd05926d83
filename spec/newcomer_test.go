package spec

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/lang/eval"
)

var update = flag.Bool("update", false, "write the golden messages and the generated pages")

// TestNewcomer makes the mistakes that a newcomer makes in models/vnet.vn, and compares the whole of what is said with
// the golden text. Each file of testdata/newcomer holds an edit, whose lines with - are replaced by those with +, and
// the messages.
func TestNewcomer(t *testing.T) {
	const model = "models/vnet.vn"
	original, err := os.ReadFile("../" + model)
	if err != nil {
		t.Fatal(err)
	}
	if found := check(model, string(original)); found != "" {
		t.Fatalf("the model itself is not right:\n%s", found)
	}
	names, err := filepath.Glob("testdata/newcomer/*.txtar")
	if err != nil || len(names) < 30 {
		t.Fatalf("only %d mistakes: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) == 0 {
				t.Fatal("no edit: ", err)
			}
			got := check(model, edit(t, string(original), string(a.Files[0].Data)))
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "message", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 || !strings.HasPrefix(got, "error[") {
				t.Fatalf("%s needs an edit, and a message that is an error; run go test ./spec -update\n%s", name, got)
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Errorf("the message has changed; if it is better now, run go test ./spec -update (-want +got):\n%s", diff)
			}
		})
	}
}

// check returns what vnc check says of a program.
func check(path, text string) string {
	p, found := load(path, map[string]string{path: text})
	return libraryPlace.ReplaceAllString(rendered(append(found, p.Check(eval.Options{})...)), "$1")
}

// libraryPlace is a place in the standard library, whose lines may move.
var libraryPlace = regexp.MustCompile(`(stdlib/\w+\.vn):\d+:\d+`)

// edit replaces lines of a text: those after - by those after +. A blank line parts two replacements.
func edit(t *testing.T, text, edits string) string {
	t.Helper()
	for _, hunk := range strings.Split(strings.TrimSpace(edits), "\n\n") {
		var old, new string
		for _, line := range strings.SplitAfter(hunk+"\n", "\n") {
			if rest, ok := strings.CutPrefix(line, "-"); ok {
				old += rest
			} else if rest, ok := strings.CutPrefix(line, "+"); ok {
				new += rest
			}
		}
		if old == "" || strings.Count(text, old) != 1 {
			t.Fatalf("the model does not have exactly once:\n%s", old)
		}
		text = strings.Replace(text, old, new, 1)
	}
	return text
}
