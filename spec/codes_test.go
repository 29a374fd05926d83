package spec

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
)

// TestCodes runs the example of every code in errors.md as vnc check does. It gives that code and no other, at a place
// of the example.
func TestCodes(t *testing.T) {
	page, err := os.ReadFile("errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range diag.Codes {
		t.Run(string(entry.Code), func(t *testing.T) {
			if !strings.Contains(string(page), entry.Markdown()) {
				t.Error("errors.md is out of date; run go test ./lang/diag -update")
			}
			found := unprintable(t, entry.Code)
			if entry.Example != "" {
				p, errs := load("example.vn", map[string]string{"example.vn": entry.Example, "stages.vn": "block encoder(x, width: int) { return width * x }"})
				found = append(errs, p.Check(eval.Options{})...)
			}
			if len(found) == 0 {
				t.Fatal("nothing is reported")
			}
			for _, d := range found {
				if d.Warning && entry.Code.Group() == "syntax" {
					continue // what a text that cannot be read would use is not known
				}
				if d.Code != entry.Code || d.Warning != (entry.Code == "name/unused") {
					t.Errorf("another code is reported too:\n%s", rendered(diag.List{d}))
				}
				if !d.At.Known() || d.Summary == "" {
					t.Errorf("a place or a summary is missing: %q", d.Error())
				}
			}
		})
	}
}

// unprintable makes the mistakes that no page can show.
func unprintable(t *testing.T, code diag.Code) diag.List {
	t.Helper()
	const path = "example.vn"
	text, others := "", map[string]string{}
	switch code {
	case "syntax/size":
		text = strings.Repeat(" ", 256<<10+1)
	case "syntax/encoding":
		text = "width = \"\xff\""
	case "limit/files":
		var b strings.Builder
		for i := range 201 {
			fmt.Fprintf(&b, "import \"part%d.vn\"\n", i)
			others[fmt.Sprintf("part%d.vn", i)] = "width = 1"
		}
		for i := range 201 {
			fmt.Fprintf(&b, "width%d = part%d.width\n", i, i)
		}
		text = b.String()
	case "internal/graph":
		p, _ := load(path, map[string]string{path: "model M(image: tensor[1, 4]) {\n    return image\n}"})
		_, found := p.Elaborate("M", eval.Options{Graph: refusal{}})
		return found
	case "train/none":
		p, _ := load(path, map[string]string{path: "model M(image: tensor[1, 4]) {\n    return image\n}"})
		_, found := p.Train("M")
		return found
	default:
		return nil
	}
	others[path] = text
	p, found := load(path, others)
	return append(found, p.Check(eval.Options{})...)
}

// refusal is a graph that takes nothing.
type refusal struct{}

// Emit refuses the node.
func (refusal) Emit(eval.Node) (eval.Ref, error) { return nil, errors.New("no") }

// code is a code where a page mentions it.
var code = regexp.MustCompile("`((?:syntax|import|name|call|type|unit|shape|parameter|limit|data|train|internal)/[a-z-]+)`")

// TestMentionedCodes looks up every code that the pages mention.
func TestMentionedCodes(t *testing.T) {
	for page, text := range pages(t) {
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			if _, ok := diag.Lookup(diag.Code(m[1])); !ok {
				t.Errorf("%s: there is no code %s", page, m[1])
			}
		}
	}
}
