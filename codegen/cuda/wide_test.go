package cuda_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vnlang/vn/codegen/cuda"
)

// longestAxis is what an index of 32 bits may be in the graphs of TestWide.
const longestAxis = 1 << 14

// TestWide checks that no place in a buffer of 2^31 elements and more is computed in 32 bits.
func TestWide(t *testing.T) {
	const (
		cube   = "z 512, y 512, x 512"
		many   = "f32[batch 1, channel 16, " + cube + "]"
		input  = "  x = input name \"x\" " + many + "\n"
		twice  = "f32[batch 1, channel 32, " + cube + "]"
		both   = "f32[batch 2, channel 16, " + cube + "]"
		plain  = "  p = input name \"p\" " + twice + "\n"
		one    = "  e = input name \"e\" f32[batch 1, channel 1, " + cube + "]\n"
		slides = " stride 1,1,1 padlow 1,1,1 padhigh 1,1,1 dilation 1,1,1 groups "
	)
	weight := func(out, in, n int) string {
		return fmt.Sprintf("  w = parameter name \"w\" init \"ones\" f32[out %d, in %d, z %d, y %d, x %d]\n", out, in, n, n, n)
	}
	pair := "  v = neg(x) " + many + "\n  u = exp(x) " + many + "\n"
	for _, c := range []struct{ name, options, note, text string }{
		{"map", "bf16 sm_80", "map", input + "  y = exp(x) " + many + "\n"},
		{"random", "fp32 sm_80", "map", input + "  r = random stream 3 axes [batch 1, channel 16, z 512, y 512, x 512] distribution \"uniform\" " + many + "\n  y = add(x, r) " + many + "\n"},
		{"convolve", "fp32 sm_80", "general convolve", input + weight(16, 8, 3) + "  y = convolve(x, w)" + slides + "2 " + many + "\n"},
		{"convolve blocked", "fp32 sm_80", "general convolve", input + weight(16, 16, 3) + "  h = neg(x) " + many + "\n  y = convolve(h, w)" + slides + "1 " + many + "\n"},
		{"convolve input", "fp32 sm_80", "general convolve_input", input + weight(16, 16, 3) + "  y = convolve_input(x, w)" + slides + "1 size 512,512,512 " + many + "\n"},
		{"convolve weight", "fp32 sm_80", "general convolve_weight", input + pair + "  y = convolve_weight(u, v)" + slides + "1 kernel 3,3,3 f32[out 16, in 16, z 3, y 3, x 3]\n"},
		{"matmul", "fp32 sm_80", "general matmul", "  x = input name \"x\" f32[stack 12, a 16384, b 16384]\n  w = input name \"w\" f32[stack 12, b 16384, c 16384]\n  y = matmul(x, w) f32[stack 12, a 16384, c 16384]\n"},
		{"argmax", "fp32 sm_80", "general argmax", input + "  y = argmax(x) axis \"channel\" f32[batch 1, " + cube + "]\n"},
		{"max pool", "fp32 sm_80", "general max_pool", input + "  y = max_pool(x) window 2,2,2 stride 2,2,2 padlow 0,0,0 padhigh 0,0,0 f32[batch 1, channel 16, z 256, y 256, x 256]\n"},
		{"max pool gradient", "fp32 sm_80", "general max_pool_gradient", input + "  h = input name \"h\" f32[batch 1, channel 16, z 256, y 256, x 256]\n  y = max_pool_gradient(x, h) window 2,2,2 stride 2,2,2 padlow 0,0,0 padhigh 0,0,0 " + many + "\n"},
		{"resize", "fp32 sm_80", "general resize", input + "  y = resize(x) size 512,512,1024 mode \"linear\" f32[batch 1, channel 16, z 512, y 512, x 1024]\n"},
		{"resize gradient", "fp32 sm_80", "general resize_gradient", input + "  y = resize_gradient(x) size 512,512,256 mode \"nearest\" f32[batch 1, channel 16, z 512, y 512, x 256]\n"},
		{"reduce", "fp32 sm_80", "reduce", input + "  y = sum(x) axes batch,channel,z,y,x f32[]\n"},
		{"reduce without lanes", "fp32 sm_80", "reduce", "  x = input name \"x\" f32[batch 1, channel 3, z 1001, y 1001, x 1001]\n  y = sum(x) axes batch,channel,z,y,x f32[]\n"},
		{"reduce one axis", "fp32 sm_80", "reduce", input + "  y = sum(x) axes channel f32[batch 1, " + cube + "]\n"},
		{"tensor cores", "bf16 sm_80", "mma bf16", input + weight(32, 16, 3) + "  h = neg(x) " + many + "\n" + plain + "  k = convolve(h, w)" + slides + "1 " + twice + "\n  y = add(k, p) " + twice + "\n"},
		{"odd channels of two samples", "bf16 sm_80", "mma bf16", "  x = input name \"x\" " + both + "\n" + weight(3, 16, 1) + "  h = neg(x) " + both + "\n  y = convolve(h, w) stride 1,1,1 padlow 0,0,0 padhigh 0,0,0 dilation 1,1,1 groups 1 f32[batch 2, channel 3, " + cube + "]\n"},
		{"Hopper", "bf16 sm_90a", "wgmma", input + weight(32, 16, 3) + "  h = neg(x) " + many + "\n" + plain + "  k = convolve(h, w)" + slides + "1 " + twice + "\n  y = add(k, p) " + twice + "\n"},
		{"first layer", "fp32 sm_80", "one channel", one + weight(16, 1, 3) + "  y = convolve(e, w)" + slides + "1 " + many + "\n"},
		{"first layer in halves", "bf16 sm_80", "mma one channel", one + weight(16, 1, 3) + "  y = convolve(e, w)" + slides + "1 " + many + "\n"},
		{"weight gradient", "bf16 sm_80", "mma weight gradient", input + pair + "  y = convolve_weight(u, v)" + slides + "1 kernel 3,3,3 f32[out 16, in 16, z 3, y 3, x 3]\n"},
		{"weight gradient in TF32", "tf32 sm_80", "mma weight gradient", input + pair + "  y = convolve_weight(u, v)" + slides + "1 kernel 3,3,3 f32[out 16, in 16, z 3, y 3, x 3]\n"},
		{"first weight gradient", "fp32 sm_80", "one channel weight gradient", one + input + pair + "  y = convolve_weight(e, v)" + slides + "1 kernel 3,3,3 f32[out 16, in 1, z 3, y 3, x 3]\n"},
		{"first weight gradient in halves", "bf16 sm_80", "mma one channel weight gradient", one + input + pair + "  y = convolve_weight(e, v)" + slides + "1 kernel 3,3,3 f32[out 16, in 1, z 3, y 3, x 3]\n"},
		{"last weight gradient", "bf16 sm_80", "point weight gradient", one + input + pair + "  y = convolve_weight(v, e) stride 1,1,1 padlow 0,0,0 padhigh 0,0,0 dilation 1,1,1 groups 1 kernel 1,1,1 f32[out 1, in 16, z 1, y 1, x 1]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			batch := 1 + strings.Count(c.text[:strings.Index(c.text, "\n")], "batch 2")
			p := build(t, fmt.Sprintf("graph g training batch %d\n%s  output y = y\n", batch, c.text))
			precision, arch, _ := strings.Cut(c.options, " ")
			m, err := cuda.Emit(p, cuda.Options{Precision: cuda.Precision(precision), Arch: cuda.Arch(arch)})
			if err != nil {
				t.Fatal(err)
			}
			_, kernels, _ := strings.Cut(m.Text, cuda.Prelude(cuda.Arch(arch)))
			wide := 0
			for _, k := range strings.Split(kernels, "VN_EXPORT") {
				wide += checkWide(t, k)
			}
			if wide == 0 {
				t.Errorf("no place of 64 bits in\n%s", kernels)
			}
			if !slices.ContainsFunc(m.Launches, func(l cuda.Launch) bool { return strings.HasPrefix(l.Note, c.note) }) {
				t.Errorf("no launch %q in\n%s", c.note, launches(m))
			}
		})
	}
}

var (
	words    = regexp.MustCompile(`\w+`)
	declared = regexp.MustCompile(`(?:const |for \()(int|long long) (.*)`)
	places   = regexp.MustCompile(`\bp\d+( \+ |\[)`)
	guarded  = regexp.MustCompile(`\(inside \? (.*) : 0\)`)
)

// checkWide checks a kernel, and returns how many places of 64 bits it has.
func checkWide(t *testing.T, kernel string) (wide int) {
	long := map[string]bool{}
	for line := range strings.Lines(kernel) {
		line = strings.TrimSpace(line)
		if d := declared.FindStringSubmatch(line); d != nil {
			for _, part := range strings.Split(d[2], ", ") {
				if name, _, ok := strings.Cut(part, " = "); ok {
					long[name] = d[1] == "long long"
				}
			}
			if d[1] == "int" && reachesFar(d[2], long) {
				t.Errorf("an index of 32 bits: %s", line)
			}
		}
		for _, at := range places.FindAllStringIndex(line, -1) {
			place := upToEnd(line[at[1]:])
			e, err := parser.ParseExpr(asGo(place))
			if err != nil {
				t.Errorf("%s: %v", place, err)
				continue
			}
			v, ok := rangeOf(e, long)
			if !ok {
				t.Errorf("32 bits are too few: %s", line)
			}
			if v.long {
				wide++
			}
		}
	}
	return wide
}

// upToEnd returns the expression at the beginning of a line of C++.
func upToEnd(line string) string {
	depth := 0
	for i, r := range line {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		if depth < 0 || depth == 0 && strings.ContainsRune(",;", r) {
			return line[:i]
		}
	}
	return line
}

// asGo returns an expression of C++ as one that Go can parse.
func asGo(e string) string {
	e = guarded.ReplaceAllString(e, "($1)")
	e = strings.ReplaceAll(strings.ReplaceAll(e, "(int)", ""), "(vn_u64)", "long*")
	return strings.ReplaceAll(e, "(long long)", "long*")
}

// reachesFar reports whether a loop or a constant is bounded by more than 32 bits hold.
func reachesFar(declaration string, long map[string]bool) bool {
	for _, word := range words.FindAllString(declaration, -1) {
		if n, err := strconv.Atoi(word); err == nil && n >= 1<<31 {
			return true
		}
	}
	_, end, _ := strings.Cut(declaration, " < ")
	end, _, _ = strings.Cut(end, ";")
	return long[end]
}

// extent is the type of an expression, and what it can be at most.
type extent struct {
	long bool
	most int
}

// rangeOf returns the extent of an expression over indices, or false where it does not fit into its type.
func rangeOf(e ast.Expr, long map[string]bool) (extent, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return rangeOf(e.X, long)
	case *ast.BasicLit:
		n, _ := strconv.Atoi(strings.TrimSuffix(e.Value, "ll"))
		return extent{n >= 1<<31, n}, true
	case *ast.Ident:
		return extent{e.Name == "long" || long[e.Name], longestAxis - 1}, true
	case *ast.BinaryExpr:
		x, fits := rangeOf(e.X, long)
		y, too := rangeOf(e.Y, long)
		v := extent{long: x.long || y.long}
		switch e.Op {
		case token.ADD:
			v.most = x.most + y.most
		case token.MUL:
			v.most = x.most * y.most
		case token.QUO:
			v.most = x.most / max(y.most, 1)
		case token.REM:
			v.most = min(x.most, y.most-1)
		default: // a difference
			v.most = x.most
		}
		return v, fits && too && (v.long || v.most < 1<<31)
	}
	return extent{most: longestAxis - 1}, true // blockIdx.x and the like
}
