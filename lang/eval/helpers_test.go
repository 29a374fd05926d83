package eval_test

import (
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// recorder is a graph that keeps the nodes it is given. A Ref is the index of a node.
type recorder struct{ nodes []eval.Node }

// Emit keeps the node.
func (r *recorder) Emit(n eval.Node) (eval.Ref, error) {
	for _, a := range n.Args {
		if i, ok := a.(int); !ok || i < 0 || i >= len(r.nodes) {
			return nil, fmt.Errorf("%s: argument %v is no earlier node", n.Op, a)
		}
	}
	r.nodes = append(r.nodes, n)
	return len(r.nodes) - 1, nil
}

// line prints a node on one line: its op, the axes, the arguments and the attributes.
func (r *recorder) line(i int) string {
	n := r.nodes[i]
	var axes, attrs []string
	for _, a := range n.Axes {
		axes = append(axes, fmt.Sprintf("%s %d", a.Name, a.Size.Value))
	}
	for k, v := range n.Attrs {
		if k != "axes" || n.Op == "sum" || strings.HasPrefix(n.Op, "reduce") {
			attrs = append(attrs, fmt.Sprintf("%s=%v", k, v))
		}
	}
	sort.Strings(attrs)
	return strings.TrimSpace(fmt.Sprintf("%d %s%v [%s] %s", i, n.Op, n.Args, strings.Join(axes, ", "), strings.Join(attrs, " ")))
}

// steps are the steps of data preparation that the tests know.
var steps = []eval.StepKind{
	{Name: "normalize", For: "prepare"},
	{Name: "flip", For: "augment", Params: []eval.StepParam{{Name: "axes", Type: "list", Default: []string{"x"}}}},
	{Name: "shift", For: "augment", Params: []eval.StepParam{{Name: "voxels", Type: "voxels"}}},
	{Name: "intensity", For: "augment", Params: []eval.StepParam{{Name: "scale", Type: "float", Default: 0.1}, {Name: "shift", Type: "float", Default: 0.1}}},
}

// files is a reader of texts by name.
type files map[string]string

func (f files) read(name string) (string, error) {
	if text, ok := f[name]; ok {
		return text, nil
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// load reads a program of one text.
func load(t testing.TB, text string) (*eval.Program, diag.List) {
	t.Helper()
	return eval.Load("test.vn", files{"test.vn": text}.read, stdlib.FS, steps)
}

// loadModel reads a file of the repository's models.
func loadModel(t testing.TB, name string) *eval.Program {
	t.Helper()
	p, found := eval.Load("../../models/"+name, func(path string) (string, error) {
		b, err := os.ReadFile(path)
		return string(b), err
	}, stdlib.FS, steps)
	if found.HasErrors() {
		t.Fatal(render(found))
	}
	return p
}

// render prints a list as a user sees it.
func render(l diag.List) string {
	var b strings.Builder
	if err := diag.Render(&b, l, diag.Options{}); err != nil {
		return err.Error()
	}
	return b.String()
}
