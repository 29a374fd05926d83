package eval_test

import (
	"math"
	"testing"

	"github.com/vnlang/vn/lang/eval"
)

// image is one sample of two channels and three voxels.
var image = []float64{-2, 0.5, 3, 1, -0.25, 0}

// TestMaps compares the non-linearities with their formulas.
func TestMaps(t *testing.T) {
	for call, f := range map[string]func(x float64) float64{
		"relu":                   func(x float64) float64 { return math.Max(x, 0) },
		"leaky_relu(slope: 0.2)": func(x float64) float64 { return math.Max(x, 0) + 0.2*math.Min(x, 0) },
		"elu(alpha: 1.5)":        func(x float64) float64 { return math.Max(x, 0) + 1.5*math.Expm1(math.Min(x, 0)) },
		"sigmoid":                func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		"identity":               func(x float64) float64 { return x },
		"dropout":                func(x float64) float64 { return x },
	} {
		got, _, _ := run(t, "model M(image: tensor[2, 3]) { return image |> "+call+" }", eval.Options{}, map[string][]float64{"image": image})
		var want []float64
		for _, x := range image {
			want = append(want, f(x))
		}
		near(t, call, got.data, want)
	}
}

// TestPrelu checks that each channel has its own slope, and that the slope is a weight.
func TestPrelu(t *testing.T) {
	got, m, _ := run(t, "model M(image: tensor[2, 3]) { return image |> prelu }", eval.Options{},
		map[string][]float64{"image": image, "prelu.slope": {0.1, 0.5}})
	near(t, "prelu", got.data, []float64{-0.2, 0.5, 3, 1, -0.125, 0})
	if len(m.Parameters) != 1 {
		t.Errorf("%d parameters", len(m.Parameters))
	}
}

// TestSoftmax checks that probabilities add up to one and that large logits do not overflow.
func TestSoftmax(t *testing.T) {
	got, _, _ := run(t, "model M(image: tensor[2, 3]) { return image |> softmax }", eval.Options{},
		map[string][]float64{"image": {1000, 0, -1000, 1001, 0, 1000}})
	e := math.Exp(-1)
	near(t, "softmax", got.data, []float64{e / (1 + e), 0.5, 0, 1 / (1 + e), 0.5, 1})
}

// TestNormalisation compares both normalisations with means and variances computed here.
func TestNormalisation(t *testing.T) {
	batch := append(append([]float64{}, image...), 4, 1, 0, -1, 2, 7)
	given := map[string][]float64{"image": batch,
		"instance_norm.scale": {2, 3}, "instance_norm.shift": {0.5, -1},
		"batch_norm.scale": {2, 3}, "batch_norm.shift": {0.5, -1},
		"batch_norm.running_mean": {1, 2}, "batch_norm.running_variance": {4, 9}}
	normal := func(x, mean, variance float64, c int) float64 {
		return (x-mean)/math.Sqrt(variance+1e-5)*float64(2+c) + []float64{0.5, -1}[c]
	}
	moments := func(v ...float64) (mean, variance float64) {
		for _, x := range v {
			mean += x / float64(len(v))
		}
		for _, x := range v {
			variance += (x - mean) * (x - mean) / float64(len(v))
		}
		return mean, variance
	}

	got, _, _ := run(t, "model M(image: tensor[2, 3]) { return image |> instance_norm }", eval.Options{Batch: 2}, given)
	var want []float64
	for i, x := range batch {
		mean, variance := moments(batch[i/3*3 : i/3*3+3]...)
		want = append(want, normal(x, mean, variance, i/3%2))
	}
	near(t, "instance_norm", got.data, want)

	got, m, all := run(t, "model M(image: tensor[2, 3]) { return image |> batch_norm(momentum: 0.25) }", eval.Options{Batch: 2, Training: true}, given)
	want = nil
	var next [2][2]float64
	for i, x := range batch {
		c := i / 3 % 2
		mean, variance := moments(append(append([]float64{}, batch[3*c:3*c+3]...), batch[6+3*c:9+3*c]...)...)
		want = append(want, normal(x, mean, variance, c))
		next[c] = [2]float64{0.75*float64(1+c) + 0.25*mean, 0.75*[]float64{4, 9}[c] + 0.25*variance}
	}
	near(t, "batch_norm in training", got.data, want)
	if len(m.Updates) != 2 {
		t.Fatalf("%d updates", len(m.Updates))
	}
	near(t, "running mean", all[m.Updates[0].Value.(int)].data, []float64{next[0][0], next[1][0]})
	near(t, "running variance", all[m.Updates[1].Value.(int)].data, []float64{next[0][1], next[1][1]})

	got, m, _ = run(t, "model M(image: tensor[2, 3]) { return image |> batch_norm }", eval.Options{Batch: 2}, given)
	want = nil
	for i, x := range batch {
		c := i / 3 % 2
		want = append(want, normal(x, float64(1+c), []float64{4, 9}[c], c))
	}
	near(t, "batch_norm in use", got.data, want)
	if len(m.Updates) != 0 {
		t.Errorf("use updates the running averages")
	}
}

// losses computes a loss of two probabilities and a label, and its mean over a batch of two.
func losses(t *testing.T, loss string, p, label []float64) float64 {
	t.Helper()
	prog, found := load(t, "model M(image: tensor[2, 3]) { stage output = image * 1\n return output }\n"+
		"train M { loss = "+loss+" optimizer = sgd(rate: 1) }")
	r := &recorder{}
	m, errs := prog.Elaborate("M", eval.Options{Batch: len(p) / 6, Training: true, Graph: r})
	train, more := prog.Train("M")
	ref, most := m.Loss(train)
	if found = append(append(append(found, errs...), more...), most...); len(found) > 0 {
		t.Fatal(render(found))
	}
	all := r.interpret(t, map[string][]float64{"image": p, "label": label})
	return all[ref.(int)].data[0]
}

// TestLosses compares the losses with their formulas, written out for two samples.
func TestLosses(t *testing.T) {
	p := []float64{0.9, 0.3, 0.2, 0.1, 0.7, 0.8, 0.5, 0.6, 0.4, 0.5, 0.4, 0.6}
	g := []float64{0, 1, 1, 0, 0, 1}
	first := 1 - 2*(0.7+0.8)/(0.01+0.49+0.64+2+1e-5)
	second := 1 - 2*0.6/(0.25+0.16+0.36+1+1e-5)
	near(t, "dice", []float64{losses(t, "dice(output[1], label)", p, g)}, []float64{(first + second) / 2})

	entropy := -(math.Log(0.9)+math.Log(0.7)+math.Log(0.8))/6 - (math.Log(0.5)+math.Log(0.6)+math.Log(0.6))/6
	near(t, "cross_entropy", []float64{losses(t, "cross_entropy(output, label)", p, g)}, []float64{entropy})

	// One voxel of class 0 and two of class 1, then two and one: weights 3 and 3/2, which add up to 6 in both.
	first = -(3*math.Log(0.9) + 1.5*math.Log(0.7) + 1.5*math.Log(0.8)) / 6
	second = -(1.5*math.Log(0.5) + 1.5*math.Log(0.6) + 3*math.Log(0.6)) / 6
	near(t, "weighted_cross_entropy", []float64{losses(t, "weighted_cross_entropy(output, label)", p, g)}, []float64{(first + second) / 2})

	// A class that is absent weighs nothing.
	absent := -(math.Log(0.9) + math.Log(0.3) + math.Log(0.2)) / 3
	near(t, "one class", []float64{losses(t, "weighted_cross_entropy(output, label)", p[:6], []float64{0, 0, 0})}, []float64{absent})
}

// descend applies an optimizer to one weight of one number, with states given, and returns the next weight and states.
func descend(t *testing.T, optimizer string, given map[string][]float64) map[string]float64 {
	t.Helper()
	prog, found := load(t, "model M(image: tensor[1, 3]) { w = parameter([channel: 1], init: zeros)\n return image * w }\n"+
		"train M { loss = mean(image) optimizer = "+optimizer+" }")
	r := &recorder{}
	m, errs := prog.Elaborate("M", eval.Options{Training: true, Graph: r})
	train, more := prog.Train("M")
	gradient, _ := r.Emit(eval.Node{Op: "input", Attrs: map[string]any{"name": "gradient"}, Axes: m.Parameters[0].Tensor.Axes})
	_, most := m.Optimize(train, m.Parameters[0], gradient)
	if found = append(append(append(found, errs...), more...), most...); len(found) > 0 {
		t.Fatal(render(found))
	}
	given["image"] = []float64{0, 0, 0}
	all := r.interpret(t, given)
	out := map[string]float64{}
	for _, u := range m.Updates {
		out[u.Name] = all[u.Value.(int)].data[0]
	}
	return out
}

// TestOptimizers compares single steps with the papers' formulas.
func TestOptimizers(t *testing.T) {
	got := descend(t, "sgd(rate: 0.5, momentum: 0.9, decay: 0.1)", map[string][]float64{
		"w": {2}, "gradient": {3}, "w.velocity": {4}, "step": {7}})
	v := 0.9*4 + 0.5*(3+0.1*2)
	near(t, "sgd", []float64{got["w"], got["w.velocity"]}, []float64{2 - v, v})

	got = descend(t, "adam(rate: 0.5, beta1: 0.8, beta2: 0.9, decay: 0.1)", map[string][]float64{
		"w": {2}, "gradient": {3}, "w.first": {4}, "w.second": {5}, "step": {1}})
	m1, m2 := 0.8*4+0.2*3, 0.9*5+0.1*9
	want := 2 - 0.5*(m1/(1-0.64)/(math.Sqrt(m2/(1-0.81))+1e-8)+0.1*2)
	near(t, "adam", []float64{got["w"], got["w.first"], got["w.second"]}, []float64{want, m1, m2})
}

// TestSchedules reads the rate off a step of plain descent: momentum 0, gradient 1, weight 0.
func TestSchedules(t *testing.T) {
	for schedule, want := range map[string]float64{
		"0.25":           0.25,
		"constant(0.25)": 0.25,
		"step_decay(1e-4, every: 25000, factor: 0.1)": 1e-6,
		"step_decay(1, every: 50001)":                 1,
		"poly(0.5, iterations: 60000)":                0.5 * math.Pow(1./6, 0.9),
		"poly(0.5, iterations: 60000, power: 2.0)":    0.5 / 36,
		"poly(0.5, iterations: 1000)":                 0,
	} {
		got := descend(t, "sgd(rate: "+schedule+", momentum: 0)", map[string][]float64{
			"w": {0}, "gradient": {1}, "w.velocity": {9}, "step": {50000}})
		near(t, schedule, []float64{got["w.velocity"]}, []float64{want})
	}
}
