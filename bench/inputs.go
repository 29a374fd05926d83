package bench

import (
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/runtime"
)

// inputs returns values for the inputs of a plan. What the inference is given too is an image and gets noise of mean 0
// and deviation 1, as a normalised image has; the rest is what the image is compared with, and gets 0 and 1.
func inputs(p, inference *plan.Plan) map[string][]float32 {
	images := map[string]bool{}
	for _, b := range inference.Buffers {
		images[b.Name] = images[b.Name] || b.Class == plan.Input
	}
	values := map[string][]float32{}
	for i, b := range p.Buffers {
		if b.Class != plan.Input || b.Name == runtime.StepInput {
			continue
		}
		noise, of := rng.New(0, uint64(i)), make([]float32, b.Type.Elements())
		for j := range of {
			if images[b.Name] {
				of[j] = float32(noise.Normal())
			} else {
				of[j] = float32(noise.Uint64() & 1)
			}
		}
		values[b.Name] = of
	}
	return values
}

// outputs returns room for the outputs of a plan.
func outputs(p *plan.Plan) map[string][]float32 {
	room := map[string][]float32{}
	for _, b := range p.Buffers {
		if b.Class == plan.Output {
			room[b.Name] = make([]float32, b.Type.Elements())
		}
	}
	return room
}
