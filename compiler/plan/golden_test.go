package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

// archives returns the goldens, by file name.
func archives(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	all := map[string]*txtar.Archive{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if archive.Files[0].Name != "in.ir" {
			t.Fatalf("%s does not begin with in.ir", path)
		}
		all[path] = archive
	}
	return all
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

// TestGoldens makes of each graph, in.ir, its kernels alone (fused), the plan, and what it costs (stats).
func TestGoldens(t *testing.T) {
	for path, archive := range archives(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			in := archive.Files[0]
			p := build(t, string(in.Data))
			var fused strings.Builder
			if err := p.PrintFused(&fused); err != nil {
				t.Fatal(err)
			}
			got := []txtar.File{
				{Name: "fused", Data: []byte(fused.String())},
				{Name: "plan", Data: []byte(p.String())},
				{Name: "stats", Data: []byte(stats(p))},
			}
			if !*update {
				if diff := cmp.Diff(text(archive.Files[1:]), text(got)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				return
			}
			archive.Files = append([]txtar.File{in}, got...)
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func text(files []txtar.File) string { return string(txtar.Format(&txtar.Archive{Files: files})) }

func stats(p *plan.Plan) string {
	var flops, bytes int64
	for _, k := range p.Kernels {
		flops, bytes = flops+k.Cost.FLOPs, bytes+k.Cost.Bytes
	}
	return fmt.Sprintf("%d kernels, arena %d bytes, %d bytes moved, %d flops\n", len(p.Kernels), p.Arena, bytes, flops)
}

// A plan reads back from its file as it was written, with constants that JSON has no numbers for.
func TestEncode(t *testing.T) {
	texts := map[string]string{"constants": constants}
	for path, archive := range archives(t) {
		texts[path] = string(archive.Files[0].Data)
	}
	for name, text := range texts {
		p := build(t, text)
		data, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := plan.Decode(name, data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.String(), again.String()); diff != "" {
			t.Errorf("%s changed on its way through a file:\n%s", name, diff)
		}
		twice, err := again.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), string(twice)); diff != "" {
			t.Errorf("%s is written differently the second time:\n%s", name, diff)
		}
	}
}

// constants is a graph with an infinity, a NaN and a negative zero; the passes make such of log(0) and the like.
const constants = `graph g inference batch 1
  x = input name "x" f32[x 3]
  a = constant value +Inf f32[x 3]
  b = constant value NaN f32[x 3]
  c = constant value -Inf f32[x 3]
  d = min(x, a) f32[x 3]
  e = max(d, c) f32[x 3]
  f = select(x, e, b) f32[x 3]
  output f = f
`
