package cuda

import (
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/plan"
)

// What nothing uses goes, with what only that used; what is used in its block, or has another effect, stays.
func TestUsed(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"used", "  const int n = 1;\n  f(n);\n", "  const int n = 1;\n  f(n);\n"},
		{"unused", "  const int n = 1;\n  f(nn, m_n);\n", "  f(nn, m_n);\n"},
		{"one of three", "  const int x = v % 3, y = g(v, 3), z = v; // voxel\n  f(x, z);\n", "  const int x = v % 3, z = v; // voxel\n  f(x, z);\n"},
		{"used by what is not", "  const int n = 1;\n  const vn_u32 m = n;\n  const bool k = m > 0, l = k;\n  f();\n", "  f();\n"},
		{"used in the list", "  const int n = 1, m = n;\n  f(m);\n", "  const int n = 1, m = n;\n  f(m);\n"},
		{"in a comment", "  const int n = 1;\n  f(); // of n\n", "  f(); // of n\n"},
		{"behind the block", "  {\n    const int n = 1;\n  }\n  f(n);\n", "  {\n  }\n  f(n);\n"},
		{"within a block", "  const long long n = 1;\n  if (a) {\n    f(n);\n  }\n", "  const long long n = 1;\n  if (a) {\n    f(n);\n  }\n"},
		{"an array", "  const int n[2] = {1, 2};\n  f();\n", "  const int n[2] = {1, 2};\n  f();\n"},
		{"two statements", "  const int n = 1; f(n);\n", "  const int n = 1; f(n);\n"},
		{"a template", "  const int a = g<1, 2>(v), b = a;\n", "  const int a = g<1, 2>(v), b = a;\n"},
		{"behind a blank line and a directive", "  const int n = 1;\n\n#pragma unroll\n  f(n);\n", "  const int n = 1;\n\n#pragma unroll\n  f(n);\n"},
		{"a pointer", "  const int* n = g();\n  f();\n", "  const int* n = g();\n  f();\n"},
	} {
		if got := used(c.text); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// A launch of a kernel that is several computes what it stores and reduces, and no more.
func TestNeeded(t *testing.T) {
	k := &plan.Kernel{
		Anchor: &plan.Anchor{},
		Program: []plan.Instr{
			{Op: "anchor"}, {Op: "constant", Value: 2}, {Op: "exp", Args: []int{0}}, {Op: "neg", Args: []int{1}}, {Op: "log", Args: []int{3}},
		},
		Reduces: []plan.Reduce{{Register: 3}},
	}
	computes := func(b *body, _ []string) string {
		b.line("COMPUTES")
		return "0.f"
	}
	for _, c := range []struct {
		stores []plan.Store
		want   string
	}{
		{nil, "r1 = 2.f; r3 = -r1;"},
		{[]plan.Store{{Register: 4}}, "r1 = 2.f; r3 = -r1; r4 = logf(r3);"},
		{[]plan.Store{{Register: 2}}, "COMPUTES anchor = 0.f; r0 = anchor; r1 = 2.f; r2 = expf(r0); r3 = -r1;"},
	} {
		k.Stores = c.stores
		b := &body{}
		s := &sweep{program: &program{body: b, kernel: k, axis: -1, lanes: 1, anchor: "anchor"}, value: computes}
		s.compute()
		if got := strings.Join(strings.Fields(strings.ReplaceAll(b.text.String(), "const float ", "")), " "); got != c.want {
			t.Errorf("with %v: %s, want %s", c.stores, got, c.want)
		}
	}
}
