package cuda_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

// TestGoldens makes of each graph, in.ir, the kernels that are emitted for it, and how they are launched. The comment of
// an archive says for which options, on a line of its own: "bf16 sm_80".
func TestGoldens(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
			precision, arch, _ := strings.Cut(lines[len(lines)-1], " ")
			p := build(t, string(archive.Files[0].Data))
			m, err := cuda.Emit(p, cuda.Options{Precision: cuda.Precision(precision), Arch: cuda.Arch(arch)})
			if err != nil {
				t.Fatal(err)
			}
			before, after, found := strings.Cut(m.Text, cuda.Prelude(cuda.Arch(arch)))
			if !found {
				t.Fatal("the text has no prelude")
			}
			got := []txtar.File{
				{Name: "kernels.cu", Data: []byte(before + after)},
				{Name: "launches", Data: []byte(launches(m))},
			}
			if !*update {
				want := string(txtar.Format(&txtar.Archive{Files: archive.Files[1:]}))
				if diff := cmp.Diff(want, string(txtar.Format(&txtar.Archive{Files: got}))); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				return
			}
			archive.Files = append(archive.Files[:1], got...)
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func build(t testing.TB, text string) *plan.Plan {
	t.Helper()
	g, err := ir.Parse("in.ir", text, op.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// launches returns the launches of a module, a line each.
func launches(m *cuda.Module) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%d bytes\n", m.Memory)
	for _, part := range []struct {
		name string
		list []cuda.Launch
	}{{"prepare", m.Prepare}, {"step", m.Launches}} {
		for _, l := range part.list {
			fmt.Fprintf(&t, "%s %s<<<%v, %d, %d>>>", part.name, l.Entry, l.Grid, l.Block, l.Shared)
			for _, a := range l.Args {
				fmt.Fprintf(&t, " %s%+d", a.Variable, a.Offset)
			}
			fmt.Fprintf(&t, "  %s\n", l.Note)
		}
	}
	return t.String()
}

// What is not there is refused.
func TestOptions(t *testing.T) {
	p := build(t, "graph g inference batch 1\n  x = input name \"x\" f32[x 3]\n  y = exp(x) f32[x 3]\n  output y = y\n")
	for _, o := range []cuda.Options{{Precision: "int8", Arch: cuda.SM80}, {Precision: cuda.BF16, Arch: "sm_70"}, {}} {
		if _, err := cuda.Emit(p, o); err == nil {
			t.Errorf("%v is accepted", o)
		}
	}
}
