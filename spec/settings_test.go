package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/workbench"
)

// first is the word in the first cell of a table's row: a setting, or a step with its settings in brackets.
var first = regexp.MustCompile("(?m)^\\| `(\\w+)(?:\\(([^)]*)\\))?` \\|")

// section returns the part of section 10 below a heading.
func section(t *testing.T, title string) string {
	t.Helper()
	_, text, ok := strings.Cut(pages(t)["10-training.md"], "## "+title+"\n")
	if !ok {
		t.Fatalf("section 10 has no part %q", title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// TestSettings compares the tables of section 10 with the settings that data and train have: those that a message lists
// where one is not known.
func TestSettings(t *testing.T) {
	for title, program := range map[string]string{
		"The settings of data":  "data D {\n    zzzzzzzz = 1\n}",
		"The settings of train": "train M {\n    zzzzzzzz = 1\n}",
	} {
		p, _ := load("example.vn", map[string]string{"example.vn": program})
		var have, want []string
		for _, d := range p.Check(eval.Options{}) {
			if list, ok := strings.CutPrefix(d.Help, "its settings are "); ok {
				have = strings.Split(strings.ReplaceAll(list, " and ", ", "), ", ")
			}
		}
		for _, m := range first.FindAllStringSubmatch(section(t, title), -1) {
			want = append(want, m[1])
		}
		slices.Sort(have)
		slices.Sort(want)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-page +program):\n%s", title, diff)
		}
	}
}

// TestSteps compares the table of section 10 with the steps that there are and their settings.
func TestSteps(t *testing.T) {
	var have, want []string
	for _, k := range workbench.StepKinds {
		var params []string
		for _, p := range k.Params {
			params = append(params, p.Name)
		}
		have = append(have, fmt.Sprintf("%s(%s)", k.Name, strings.Join(params, ", ")))
	}
	for _, m := range first.FindAllStringSubmatch(section(t, "Steps of preparation and augmentation"), -1) {
		want = append(want, fmt.Sprintf("%s(%s)", m[1], m[2]))
	}
	slices.Sort(have)
	slices.Sort(want)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the steps (-page +program):\n%s", diff)
	}
}

// TestKeywords compares the list of section 1 with the keywords.
func TestKeywords(t *testing.T) {
	_, text, _ := strings.Cut(pages(t)["01-text.md"], "## Names")
	if diff := cmp.Diff(syntax.Keywords, strings.Fields(fence.FindStringSubmatch(text)[2])); diff != "" {
		t.Errorf("the keywords (-program +page):\n%s", diff)
	}
}
