package syntax

import (
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// TestCodes runs the example of every code of this package: it gives that code once, and nothing else.
func TestCodes(t *testing.T) {
	tried := 0
	for _, e := range diag.Codes {
		if e.Code.Group() != "syntax" || e.Example == "" {
			continue
		}
		tried++
		_, errs := Parse(source.NewFile("example.vn", e.Example))
		if len(errs) != 1 || errs[0].Code != e.Code {
			t.Errorf("the example of %s gives:\n%v", e.Code, errs)
		}
	}
	if tried < 20 {
		t.Errorf("only %d codes have examples", tried)
	}
}

// TestUnreadable covers the codes whose examples no page can show.
func TestUnreadable(t *testing.T) {
	tests := []struct {
		name, text string
		code       diag.Code
		start, end int
	}{
		{"large", strings.Repeat(" ", MaxSize+1), "syntax/size", 0, 0},
		{"nul", "a = 1\x00", "syntax/encoding", 5, 6},
		{"latin 1", "a = \"\xe4\"", "syntax/encoding", 5, 6},
		{"cut short", "// \xe2\x82", "syntax/encoding", 3, 4},
	}
	for _, test := range tests {
		f := source.NewFile("a.vn", test.text)
		tree, errs := Parse(f)
		if len(errs) != 1 || errs[0].Code != test.code || errs[0].At != (source.Span{File: f, Start: test.start, End: test.end}) {
			t.Errorf("%s: %v", test.name, errs)
		}
		if tree == nil || len(tree.Decls) != 0 {
			t.Errorf("%s: tree %v", test.name, tree)
		}
	}
	if _, errs := Parse(source.NewFile("a.vn", "a = \"\uFFFD\"")); len(errs) != 0 {
		t.Errorf("a replacement character that is written in the text: %v", errs)
	}
	if _, errs := Parse(source.NewFile("a.vn", "\uFEFFa = 1")); len(errs) != 0 {
		t.Errorf("a byte order mark: %v", errs)
	}
}
