package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// The names that plans and this package share.
const (
	imageInput = "image" // [batch, channel, z, y, x]
	labelInput = "label" // [batch, z, y, x]
	lossOutput = "loss"  // scalar

	scaleOutput = "loss_scale" // scalar; of plans that scale their loss
)

// Predictor runs the inference plan of a network that segments: one sample in, the probability of the foreground out.
// It is used by one goroutine at a time.
type Predictor struct {
	session runtime.Session
	inputs  map[string][]float32
	output  string
	values  []float32 // [batch 1, channel, z, y, x]
	channel int       // the foreground's
	size    [3]int    // x, y, z
}

// NewPredictor opens an inference plan. Its input is image [batch 1, channel 1, z, y, x], and the named output, on the
// same grid, has the foreground's probability in channel 1, or in channel 0 where there is only that.
func NewPredictor(d runtime.Device, p *plan.Plan, v runtime.Variables, output string) (*Predictor, error) {
	size, err := imageSize(p, 1)
	if err != nil {
		return nil, err
	}
	if err := checkInputs(p, imageInput, runtime.StepInput); err != nil {
		return nil, err
	}
	buffer, err := find(p, plan.Output, output)
	if err != nil {
		return nil, err
	}
	channels := buffer.Type.Size(ir.Channel)
	want := featureMap(1, channels, size)
	if channels < 1 || !slices.Equal(buffer.Type.Shape(), want) {
		return nil, fmt.Errorf("plan %s: output %s is %v, and a segmentation has %v as [batch, channel, z, y, x]: let the model return one probability for each voxel and class", p.Name, output, buffer.Type, want)
	}
	session, err := d.Open(p, v)
	if err != nil {
		return nil, fmt.Errorf("open the inference plan on %s: %w", d.Name(), err)
	}
	predictor := &Predictor{
		session: session, output: output, values: make([]float32, buffer.Type.Elements()),
		channel: min(1, channels-1), size: size, inputs: map[string][]float32{},
	}
	return predictor, nil
}

// Close gives back the session's memory.
func (p *Predictor) Close() error { return p.session.Close() }

// slack is how far outside of 0 to 1 rounding may bring a probability.
const slack = 1e-3

// Foreground returns the probability of the foreground [z, y, x] for an image [z, y, x]. It is valid until the next
// call. Values that are no probabilities, as of a model without its softmax, are an error; NaN is left to the caller.
func (p *Predictor) Foreground(image []float32) ([]float32, error) {
	p.inputs[imageInput] = image
	err := p.session.Run(runtime.Step{Inputs: p.inputs, Outputs: map[string][]float32{p.output: p.values}})
	if err != nil {
		return nil, fmt.Errorf("run the inference plan: %w", err)
	}
	n := p.size[0] * p.size[1] * p.size[2]
	foreground := p.values[p.channel*n : (p.channel+1)*n]
	if low, high := slices.Min(foreground), slices.Max(foreground); low < -slack || high > 1+slack {
		return nil, fmt.Errorf("the model's output %q goes from %.3g to %.3g, and probabilities from 0 to 1: end the model with softmax(over: channel), or with sigmoid", p.output, low, high)
	}
	return foreground, nil
}

// imageSize returns the grid x, y, z of a plan's input image, which has the given batch and one channel.
func imageSize(p *plan.Plan, batch int) (size [3]int, err error) {
	buffer, err := find(p, plan.Input, imageInput)
	if err != nil {
		return size, err
	}
	t := buffer.Type
	size = [3]int{t.Size(ir.X), t.Size(ir.Y), t.Size(ir.Z)}
	if want := featureMap(batch, 1, size); !slices.Equal(t.Shape(), want) {
		return size, fmt.Errorf("plan %s: input image is %v, and must be [batch %d, channel 1, z, y, x]", p.Name, t, batch)
	}
	return size, nil
}

func featureMap(batch, channels int, size [3]int) []int {
	return []int{batch, channels, size[2], size[1], size[0]}
}

// find returns the buffer of a plan that has the given class and name.
func find(p *plan.Plan, class plan.Class, name string) (plan.Buffer, error) {
	var others []string
	for _, b := range p.Buffers {
		if b.Class == class {
			if b.Name == name {
				return b, nil
			}
			others = append(others, b.Name)
		}
	}
	return plan.Buffer{}, fmt.Errorf("plan %s has no %s %q, it has %s", p.Name, class, name, strings.Join(others, ", "))
}

// checkInputs reports an input of a plan that nobody gives.
func checkInputs(p *plan.Plan, given ...string) error {
	for _, b := range p.Buffers {
		if b.Class == plan.Input && !slices.Contains(given, b.Name) {
			return fmt.Errorf("plan %s wants an input %q, and there are %s", p.Name, b.Name, strings.Join(given, ", "))
		}
	}
	return nil
}
