package diag

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write spec/errors.md")

// TestCodes checks the tables: each code once, in a group of the page, and explained in the style of the others.
func TestCodes(t *testing.T) {
	style := regexp.MustCompile(`^[a-z]+/[a-z]+(-[a-z]+)*$`)
	seen := map[Code]bool{}
	for _, e := range Codes {
		if seen[e.Code] {
			t.Errorf("%s stands twice", e.Code)
		}
		seen[e.Code] = true
		if !style.MatchString(string(e.Code)) {
			t.Errorf("%s is no code in the style group/kind", e.Code)
		}
		if !slices.ContainsFunc(groups, func(g struct{ name, title string }) bool { return g.name == e.Code.Group() }) {
			t.Errorf("%s is of a group that the page does not show", e.Code)
		}
		if e.Meaning == "" || strings.HasSuffix(e.Meaning, ".") || strings.Contains(e.Meaning, "\n") {
			t.Errorf("%s: the meaning is one line without a full stop, not %q", e.Code, e.Meaning)
		}
		if !strings.HasSuffix(strings.TrimSpace(e.Explain), ".") {
			t.Errorf("%s: the explanation is full sentences, not %q", e.Code, e.Explain)
		}
		if got, ok := Lookup(e.Code); !ok || got != e {
			t.Errorf("Lookup(%s) is %v, %v", e.Code, got, ok)
		}
		if !strings.Contains(Markdown(), "### "+string(e.Code)+"\n") {
			t.Errorf("%s is not on the page", e.Code)
		}
	}
	if _, ok := Lookup("syntax/nothing"); ok {
		t.Error("Lookup finds a code that does not exist")
	}
}

// TestErrorsPage keeps spec/errors.md in step with the tables.
func TestErrorsPage(t *testing.T) {
	const path = "../../spec/errors.md"
	if *update {
		if err := os.WriteFile(path, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), Markdown()); diff != "" {
		t.Errorf("%s is out of date; run go test ./lang/diag -update (-want +got):\n%s", path, diff)
	}
}
