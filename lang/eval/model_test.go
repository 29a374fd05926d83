package eval_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/eval"
)

func elements(t *eval.Tensor) int {
	n := 1
	for _, a := range t.Axes {
		n *= a.Size.Value
	}
	return n
}

func parameters(m *eval.Model) int {
	n := 0
	for _, p := range m.Parameters {
		n += elements(p.Tensor)
	}
	return n
}

// TestVNet elaborates the paper's network: the shapes of Fig. 2, and as many parameters as the sum over its layers.
func TestVNet(t *testing.T) {
	r := &recorder{}
	m, found := loadModel(t, "vnet.vn").Elaborate("VNet", eval.Options{Batch: 2, Graph: r})
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	got := map[string]string{}
	for _, s := range m.Stages {
		got[s.Name] = s.Tensor.String()
	}
	want := map[string]string{
		"left1":  "tensor[channel 16, x 128, y 128, z 64]",
		"left2":  "tensor[channel 32, x 64, y 64, z 32]",
		"left3":  "tensor[channel 64, x 32, y 32, z 16]",
		"left4":  "tensor[channel 128, x 16, y 16, z 8]",
		"bottom": "tensor[channel 256, x 8, y 8, z 4]",
		"right4": "tensor[channel 256, x 16, y 16, z 8]",
		"right3": "tensor[channel 128, x 32, y 32, z 16]",
		"right2": "tensor[channel 64, x 64, y 64, z 32]",
		"right1": "tensor[channel 32, x 128, y 128, z 64]",
		"output": "tensor[channel 2, x 128, y 128, z 64]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("stages (-want +got):\n%s", d)
	}
	if n := parameters(m); n != paperParameters(16) {
		t.Errorf("%d parameters, want %d", n, paperParameters(16))
	}
	var sizes []string
	for _, s := range m.Accepts() {
		sizes = append(sizes, s.Axis+": "+s.String())
	}
	if d := cmp.Diff([]string{"x: multiples of 16", "y: multiples of 16", "z: multiples of 16"}, sizes); d != "" {
		t.Errorf("sizes (-want +got):\n%s", d)
	}
	if got := r.line(2); got != "2 convolve[0 1] [batch 2, channel 16, z 64, y 128, x 128] dilation=[1 1 1] groups=1 padhigh=[2 2 2] padlow=[2 2 2] stride=[1 1 1]" {
		t.Errorf("the first convolution: %s", got)
	}
}

// paperParameters adds up the weights, biases and slopes of the paper's network, layer by layer.
func paperParameters(width int) int {
	layer := func(in, out, kernel int) int { return in*out*kernel*kernel*kernel + out + out }
	n, c := layer(1, width, 5), width
	for _, convs := range []int{2, 3, 3, 3} {
		n += layer(c, 2*c, 2) + convs*layer(2*c, 2*c, 5)
		c *= 2
	}
	for i, convs := range []int{3, 3, 2, 1} {
		up := width << (3 - i)
		n += layer(c, up, 2) + convs*layer(2*up, 2*up, 5)
		c = 2 * up
	}
	return n + c*2 + 2
}

// TestReleasedVNet counts the parameters of the network released for Caffe.
func TestReleasedVNet(t *testing.T) {
	m, found := loadModel(t, "vnet_caffe.vn").Elaborate("VNetCaffe", eval.Options{})
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	if n := parameters(m); n != 61_982_682 {
		t.Errorf("the released V-Net has 61,982,682 parameters, but here %d", n)
	}
}

// TestParameterNames checks the paths: the first of several calls of a block is bare, the next are numbered.
func TestParameterNames(t *testing.T) {
	p := loadModel(t, "vnet.vn")
	m, _ := p.Elaborate("VNet", eval.Options{})
	var got []string
	for _, q := range m.Parameters {
		if q.Stage == "left2" {
			got = append(got, q.Name)
		}
	}
	want := []string{
		"left2.down.conv.weight", "left2.down.conv.bias", "left2.down.prelu.slope",
		"left2.residual.conv.weight", "left2.residual.conv.bias", "left2.residual.prelu.slope",
		"left2.residual.conv2.weight", "left2.residual.conv2.bias", "left2.residual.prelu2.slope",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
}

// TestSet gives parameters of the model values from outside.
func TestSet(t *testing.T) {
	p := loadModel(t, "vnet.vn")
	m, found := p.Elaborate("VNet", eval.Options{Set: map[string]string{"width": "4", "image": "1, 64, 64, 32"}})
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	if got, want := m.Stages[4].Tensor.String(), "tensor[channel 64, x 4, y 4, z 2]"; got != want {
		t.Errorf("bottom is a %s, want %s", got, want)
	}
	if n := parameters(m); n != paperParameters(4) {
		t.Errorf("%d parameters, want %d", n, paperParameters(4))
	}
	for set, code := range map[string]string{"widht": "call/unexpected", "width": "type/argument", "image": "shape/rank"} {
		_, found := p.Elaborate("VNet", eval.Options{Set: map[string]string{set: `"8"`}})
		if len(found) != 1 || string(found[0].Code) != code {
			t.Errorf("--set %s: want one %s, got\n%s", set, code, render(found))
		}
	}
}

// TestSetWithoutType gives sizes to an input that declares none.
func TestSetWithoutType(t *testing.T) {
	p, _ := load(t, "model M(image) { return image |> conv(2) }")
	if m, found := p.Elaborate("M", eval.Options{Set: map[string]string{"image": "[1, 8, 8]"}}); len(found) > 0 || m.Size() != [3]int{8, 8, 1} {
		t.Errorf("%v\n%s", m.Size(), render(found))
	}
	for text, code := range map[string]string{"1": "shape/rank", "": "shape/rank", "1, 2, wat": "name/unknown", "1,,2": "syntax/expected"} {
		_, found := p.Elaborate("M", eval.Options{Set: map[string]string{"image": text}})
		if len(found) != 1 || string(found[0].Code) != code {
			t.Errorf("image=%s: want one %s, got\n%s", text, code, render(found))
		}
	}
}

// TestTraining elaborates a whole training step: the loss and the optimizer of every parameter.
func TestTraining(t *testing.T) {
	p := loadModel(t, "vnet.vn")
	r := &recorder{}
	m, found := p.Elaborate("VNet", eval.Options{Batch: 2, Training: true, Graph: r, Set: map[string]string{"width": "2"}})
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	train, found := p.Train("VNet")
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	loss, found := m.Loss(train)
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	if n := r.nodes[loss.(int)]; n.Op != "div" || len(n.Axes) != 0 {
		t.Errorf("the loss is the mean over the batch, but it is %s", r.line(loss.(int)))
	}
	weights := slices.Clone(m.Parameters)
	for _, q := range weights {
		if _, found := m.Optimize(train, q, q.Tensor.Ref); len(found) > 0 {
			t.Fatal(render(found))
		}
	}
	if len(m.States) != len(weights) || len(m.Updates) != 2*len(weights) || len(m.Parameters) != len(weights) {
		t.Errorf("%d states and %d updates for %d weights", len(m.States), len(m.Updates), len(weights))
	}
	if got, want := m.States[0].Name, "left1.residual.conv.weight.velocity"; got != want {
		t.Errorf("the first state is %s, want %s", got, want)
	}
	if n := len(m.Inputs); n != 3 || m.Inputs[1].Name != "label" || m.Inputs[2].Name != "step" {
		t.Errorf("inputs: %v", m.Inputs)
	}
}

// TestOutputs checks what a model may return.
func TestOutputs(t *testing.T) {
	for result, want := range map[string]string{
		"image":          "",
		"[image, image]": "",
		"[]":             "returns an empty list",
		"[image, 3]":     "returns the int 3",
	} {
		p, _ := load(t, "model M(image: tensor[1, 8, 8, 8]) { return "+result+" }")
		_, found := p.Elaborate("M", eval.Options{})
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || found[0].Code != "type/output" || !strings.Contains(found[0].Summary, want)) {
			t.Errorf("%s: want %q, got\n%s", result, want, render(found))
		}
	}
}
