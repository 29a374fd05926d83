// Command inputs writes what Vn and PyTorch are both given where they are compared on a GPU: an image of noise, image.npy,
// and the weights that Vn begins with at seed 0, weights.safetensors.
//
//	inputs FILE.vn|FILE.vnc DIRECTORY
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/workbench"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "inputs: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("write inputs FILE.vn DIRECTORY")
	}
	model, directory := args[0], args[1]
	m, err := workbench.Load(model, workbench.Options{})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := writeImage(m.Inference, filepath.Join(directory, "image.npy")); err != nil {
		return err
	}
	return writeWeights(m, directory)
}

// writeImage writes noise for the input of a plan.
func writeImage(p *plan.Plan, file string) error {
	for _, b := range p.Buffers {
		if b.Class != plan.Input || b.Name == runtime.StepInput {
			continue
		}
		noise, values := rng.New(1), make([]float32, b.Type.Elements())
		for i := range values {
			values[i] = float32(noise.Normal())
		}
		return artifact.WriteNPY(file, &artifact.Array{Shape: b.Type.Shape()[1:], Values: values})
	}
	return fmt.Errorf("%s has no input", p.Name)
}

// writeWeights writes the weights that a model begins with.
func writeWeights(m *workbench.Model, directory string) error {
	d := cpu.New(0)
	defer d.Close()
	w, err := m.Open(d)
	if err != nil {
		return err
	}
	if err := w.Initialise(0); err != nil {
		return err
	}
	whole := filepath.Join(directory, "weights.vnc") // an artifact, to take the weights from
	defer os.Remove(whole)
	if err := m.Save(whole, w); err != nil {
		return err
	}
	packed, err := workbench.Load(whole, workbench.Options{})
	if err != nil {
		return err
	}
	defer packed.Close()
	return packed.ExportWeights(filepath.Join(directory, "weights.safetensors"))
}
