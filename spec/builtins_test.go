package spec

import (
	"regexp"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/eval"
)

// row is a line of a table whose first cell is a signature.
var row = regexp.MustCompile("(?m)^\\| `(\\w+)(\\([^`]*\\))` \\|")

// TestBuiltins compares the tables of section 12 with the builtins: each has a row with its signature, and no row is
// about a builtin that does not exist.
func TestBuiltins(t *testing.T) {
	written := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(pages(t)["12-primitives.md"], -1) {
		if written[m[1]] != "" {
			t.Errorf("%s has two rows", m[1])
		}
		written[m[1]] = m[1] + m[2]
	}
	p, found := load("empty.vn", map[string]string{"empty.vn": ""})
	if len(found) > 0 {
		t.Fatal(rendered(found))
	}
	session := p.Session(eval.Options{})
	for _, name := range session.Names() {
		v, _ := session.Lookup(name)
		b, ok := v.(*eval.Block)
		if !ok || b.At().File.Name != "builtin" {
			continue
		}
		if written[name] != b.Signature() {
			t.Errorf("the page says %q, but it is\n%s", written[name], b.Signature())
		}
		delete(written, name)
	}
	for _, signature := range written {
		t.Errorf("there is no builtin %s", signature)
	}
}

// TestWords compares the words of section 4 with those that stand for strings.
func TestWords(t *testing.T) {
	_, text, _ := strings.Cut(pages(t)["04-values.md"], "## Words")
	var words []string
	for _, line := range strings.Split(fence.FindStringSubmatch(text)[2], "\n") {
		line, _, _ = strings.Cut(line, "   ") // what the words of the line are for
		words = append(words, strings.Fields(line)...)
	}
	p, _ := load("empty.vn", map[string]string{"empty.vn": ""})
	session := p.Session(eval.Options{})
	known := 0
	for _, name := range session.Names() {
		if v, _ := session.Lookup(name); v == (eval.String{Value: name}) {
			known++
		}
	}
	for _, word := range words {
		if v, _ := session.Lookup(word); v != (eval.String{Value: word}) {
			t.Errorf("%s is no word: it is %v", word, v)
		}
	}
	if known != len(words) {
		t.Errorf("the page has %d words, but there are %d", len(words), known)
	}
}
