package pass_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/pass"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

// runs returns the pass of a name; "pipeline" is all of them.
func runs(t *testing.T, name string) func(g *ir.Graph) error {
	t.Helper()
	if name == "pipeline" {
		return func(g *ir.Graph) error { return pass.Run(g, true) }
	}
	for _, p := range pass.Pipeline {
		if p.Name == name {
			return p.Run
		}
	}
	t.Fatalf("there is no pass %q", name)
	return nil
}

func parse(t *testing.T, name, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(name, text, op.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestGoldens runs the archives of testdata, each named after a pass: the graph CASE.in becomes CASE.out. The passes keep
// what the graph computes.
func TestGoldens(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, path := range paths {
		run := runs(t, strings.TrimSuffix(filepath.Base(path), ".txtar"))
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			in, out := archive.Files[i], &archive.Files[i+1]
			name, ok := strings.CutSuffix(in.Name, ".in")
			if !ok || out.Name != name+".out" {
				t.Fatalf("%s: %s and %s are no pair", path, in.Name, out.Name)
			}
			t.Run(filepath.Base(path)+"/"+name, func(t *testing.T) {
				g := parse(t, in.Name, string(in.Data))
				before := ir.Clone(g)
				if err := run(g); err != nil {
					t.Fatal(err)
				}
				if err := ir.Verify(g); err != nil {
					t.Fatal(err)
				}
				sameResults(t, before, g)
				if *update {
					out.Data = []byte(g.String())
				} else if diff := cmp.Diff(string(out.Data), g.String()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sameResults checks that two graphs compute the same, to the rounding of float64.
func sameResults(t *testing.T, before, after *ir.Graph) {
	t.Helper()
	leaves := map[string]*ir.Tensor{}
	for i, v := range before.Values {
		if kind, name := v.Leaf(); kind != "" {
			x := ir.NewTensor(v.Type)
			for j := range x.Data {
				x.Data[j] = float64((7*j+3*i)%11)/4 - 1.1
			}
			leaves[name] = x
		}
	}
	want, err := ir.Evaluate(before, ir.Context{Seed: 3, Step: 5}, leaves)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ir.Evaluate(after, ir.Context{Seed: 3, Step: 5}, leaves)
	if err != nil {
		t.Fatal(err)
	}
	near := cmp.Comparer(func(a, b float64) bool {
		d := a - b
		return a == b || a != a && b != b || d < 1e-12 && d > -1e-12
	})
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("the pass changed the results (-before +after):\n%s", diff)
	}
}

// The pipeline names its passes once each but for dead, and says why each is there.
func TestPipeline(t *testing.T) {
	var names []string
	for _, p := range pass.Pipeline {
		names = append(names, p.Name)
		if p.Why == "" {
			t.Errorf("%s has no reason", p.Name)
		}
	}
	if diff := cmp.Diff([]string{"dead", "fold", "powers", "narrow", "common", "dead"}, names); diff != "" {
		t.Error(diff)
	}
}

// A pass that leaves a broken graph behind is named.
func TestRunNamesThePass(t *testing.T) {
	broken := &ir.Graph{Name: "g", Mode: ir.Inference, Batch: 1}
	x := &ir.Value{Name: "x", Op: op.Neg{}, Type: ir.NewType()}
	x.Args = []*ir.Value{x}
	broken.Values = []*ir.Value{x}
	broken.Outputs = []ir.Output{{Name: "x", Value: x}}
	if err := pass.Run(broken, true); err == nil || !strings.Contains(err.Error(), "dead") {
		t.Errorf("the error is %v, want one that names the pass dead", err)
	}
}
