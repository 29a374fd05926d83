package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages returns the texts of the pages by name.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil || len(names) < 15 {
		t.Fatalf("only %d pages: %v", len(names), err)
	}
	out := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

// fence is a block of code with the words behind its ```.
var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// examples returns the examples of a page: the fences whose first word is vn.
func examples(page, text string) []chunk {
	var out []chunk
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		mode, ok := strings.CutPrefix(text[m[2]:m[3]], "vn")
		if !ok {
			continue
		}
		line := strings.Count(text[:m[4]], "\n") + 1
		out = append(out, newChunk(fmt.Sprintf("%s:%d", page, line), strings.TrimSpace(mode), text[m[4]:m[5]]))
	}
	return out
}

// TestProse runs every example of the pages.
func TestProse(t *testing.T) {
	count := 0
	defer func() {
		if count < 70 {
			t.Errorf("only %d examples were found", count)
		}
	}()
	for page, text := range pages(t) {
		all := examples(page, text)
		count += len(all)
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				for _, problem := range c.run(files(all)) {
					t.Error(problem)
				}
			})
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)#:]*)(#[^):]*)?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unsaid  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// TestLinks follows the links between the pages: the file is there, and so is the heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	anchors := map[string]bool{}
	for page, text := range all {
		for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			name := strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
			anchors[page+"#"+name] = true
		}
	}
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target := m[1]
			if target == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link to %s leads nowhere: %v", page, m[1], err)
			}
			if m[2] != "" && !anchors[target+m[2]] {
				t.Errorf("%s: %s has no heading %s", page, target, m[2])
			}
		}
	}
}
