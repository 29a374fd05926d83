package eval_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/eval"
)

// TestPrimitives checks the nodes that builtins emit, for a batch of two.
func TestPrimitives(t *testing.T) {
	weight := "w = parameter([out: 4, in: %d] + spatial(image, [3, 3, 1]))\n"
	for _, c := range []struct{ name, body, want string }{
		{"strides and pads are in memory order",
			strings.Replace(weight, "%d", "2", 1) + "return convolve(image, w, stride: [1, 2, 3], pad: [1, 0, 2], dilation: [2, 1, 1])",
			"2 convolve[0 1] [batch 2, channel 4, z 4, y 2, x 6] dilation=[1 1 2] groups=1 padhigh=[2 0 1] padlow=[2 0 1] stride=[3 2 1]"},
		{"an even kernel is padded more behind",
			"w = parameter([out: 4, in: 2] + spatial(image, 2))\nreturn convolve(image, w, pad: same)",
			"2 convolve[0 1] [batch 2, channel 4, z 7, y 6, x 8] dilation=[1 1 1] groups=1 padhigh=[1 1 1] padlow=[0 0 0] stride=[1 1 1]"},
		{"groups", strings.Replace(weight, "%d", "1", 1) + "return convolve(image, w, groups: 2)",
			"2 convolve[0 1] [batch 2, channel 4, z 7, y 4, x 6] dilation=[1 1 1] groups=2 padhigh=[0 0 0] padlow=[0 0 0] stride=[1 1 1]"},
		{"a transposed convolution", "w = parameter([out: 2, in: 3] + spatial(image, 3))\nreturn convolve_transpose(image, w, stride: 2, pad: 1)",
			"2 convolve_input[0 1] [batch 2, channel 3, z 13, y 11, x 15] dilation=[1 1 1] groups=1 padhigh=[1 1 1] padlow=[1 1 1] size=[13 11 15] stride=[2 2 2]"},
		{"pooling", "return max_pool(image, window: [2, 2, 1])",
			"1 max_pool[0] [batch 2, channel 2, z 7, y 3, x 4] padhigh=[0 0 0] padlow=[0 0 0] stride=[1 2 2] window=[1 2 2]"},
		{"resize", "return upsample(image, factor: [2, 1, 3], mode: nearest)",
			"1 resize[0] [batch 2, channel 2, z 21, y 6, x 16] mode=nearest size=[21 6 16]"},
		{"slice", "return slice(image, x, 2, 5)", "1 slice[0] [batch 2, channel 2, z 7, y 6, x 3] axis=x start=2 stop=5"},
		{"pad", "return pad(image, z, low: 1, high: 2)", "1 pad[0] [batch 2, channel 2, z 10, y 6, x 8] axis=z high=2 low=1"},
		{"argmax", "return argmax(image)", "1 argmax[0] [batch 2, z 7, y 6, x 8] axis=channel"},
		{"a reduction over the batch", "return sum(image, over: [batch, x, y, z])", "1 sum[0] [channel 2] axes=[batch z y x]"},
		{"a channel", "return image[1]", "2 reshape[1] [batch 2, z 7, y 6, x 8]"},
		{"exchanged axes", "return transpose(image, x, z)", "2 reshape[1] [batch 2, channel 2, z 8, y 6, x 7]"},
		{"random numbers of a shape", "return image * random([channel: 2], distribution: normal)",
			"2 broadcast[1] [batch 2, channel 2, z 7, y 6, x 8]"},
		{"a cast", "return cast(image, bf16) * 2", "5 mul[1 4] [batch 2, channel 2, z 7, y 6, x 8]"},
		{"small powers are products", "return image ^ 3", "2 mul[1 0] [batch 2, channel 2, z 7, y 6, x 8]"},
		{"other powers are not", "return image ^ 0.5", "3 pow[0 2] [batch 2, channel 2, z 7, y 6, x 8]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, found := load(t, "model M(image: tensor[2, 8, 6, 7]) {\n"+c.body+"\n}")
			r := &recorder{}
			m, errs := p.Elaborate("M", eval.Options{Batch: 2, Graph: r})
			if found = append(found, errs...); len(found) > 0 {
				t.Fatal(render(found))
			}
			i := m.Outputs[0].Tensor.Ref.(int)
			for ; i > 0 && strings.HasPrefix(c.want, "2 broadcast") && r.nodes[i].Op != "broadcast"; i-- {
			}
			if d := cmp.Diff(c.want, r.line(i)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestTrail checks where a node says that it was made: innermost call first.
func TestTrail(t *testing.T) {
	p, _ := load(t, "model M(image: tensor[1, 8, 8]) {\n    stage a = image |> down\n    return a\n}")
	r := &recorder{}
	p.Elaborate("M", eval.Options{Graph: r})
	for _, n := range r.nodes {
		if n.Op != "convolve" {
			continue
		}
		var at []string
		for _, p := range n.At {
			at = append(at, p.File)
		}
		if d := cmp.Diff([]string{"stdlib/conv.vn", "stdlib/stage.vn", "test.vn"}, at); d != "" || n.Stage != "a" || n.At[2].Line != 2 {
			t.Errorf("%v in stage %q\n%s", n.At, n.Stage, d)
		}
	}
}

// TestMatmul contracts one axis of two tensors with several other axes, and compares with the sum written out.
func TestMatmul(t *testing.T) {
	const text = `model M(image: tensor[2, 3, 2]) {
    b = parameter([channel: 2, out: 2, x: 3])
    return matmul(image, b, over: channel)
}`
	a := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}   // [channel, y, x]
	b := []float64{1, -1, 2, 0, 1, 3, 2, 2, -2, 1, 0.5, -1} // [out, channel, x]
	got, _, _ := run(t, text, eval.Options{}, map[string][]float64{"image": a, "b": b})
	var want []float64 // [out, y, x], x paired
	for out := range 2 {
		for y := range 2 {
			for x := range 3 {
				want = append(want, a[y*3+x]*b[out*6+x]+a[6+y*3+x]*b[out*6+3+x])
			}
		}
	}
	if d := cmp.Diff([]string{"batch", "out", "y", "x"}, got.names); d != "" {
		t.Errorf("axes (-want +got):\n%s", d)
	}
	near(t, "matmul", got.data, want)
}

// TestValues prints compile-time values as the language writes them.
func TestValues(t *testing.T) {
	for expr, want := range map[string]string{
		"7 / 2":                            "3.5",
		"8 / 2":                            "4",
		"floor(7 / 2)":                     "3",
		"7 % 3":                            "1",
		"(-7) % 3":                         "2",
		"2 ^ 10":                           "1024",
		"2 ^ (-1)":                         "0.5",
		"2.0":                              "2.0",
		"1..4":                             "[1, 2, 3, 4]",
		"3..1":                             "[]",
		"[out: 2, in: 3] + [x: 1]":         "[out: 2, in: 3, x: 1]",
		"[1, 2][1]":                        "2",
		"1.5mm * 2":                        "3mm",
		"3mm / 1.5mm":                      "2.0",
		"2mm < 3mm":                        "true",
		"not (1 == 1.0) or \"a\" == \"a\"": "true",
		"max(2, 3) + min(1.5, 2)":          "4.5",
		"exp(0)":                           "1.0",
		"len([1, 2, 3])":                   "3",
		"residual(convs: 2)":               "block residual(convs: 2)",
		"step_decay(1e-4, every: 10)":      "block step_decay(base: 0.0001, every: 10)",
		"training":                         "false",
		"channel":                          `"channel"`,
	} {
		results, found := session(t).run(expr)
		if len(found) > 0 {
			t.Errorf("%s: %s", expr, render(found))
			continue
		}
		if got := results[0].Value.String(); got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
}
