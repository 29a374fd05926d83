package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/workbench"
)

// task is something that programs are measured at.
type task struct {
	name  string
	batch int
	step  bool // a training step, else a forward pass
}

var tasks = []task{{"forward, batch 1", 1, false}, {"training step, batch 1", 1, true}, {"training step, batch 2", 2, true}}

// networks are those of networks.py.
var networks = []string{"VNet", "UNet"}

// measurement is what one process, or several of them, measured.
type measurement struct {
	Seconds   []float64 `json:"seconds"`
	PeakBytes int64     `json:"peak_bytes"`
}

// median returns the median of the runs.
func (m *measurement) median() float64 {
	s := slices.Sorted(slices.Values(m.Seconds))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}

func (m *measurement) add(n measurement) {
	m.Seconds = append(m.Seconds, n.Seconds...)
	m.PeakBytes = max(m.PeakBytes, n.PeakBytes)
}

// program is one of those that are compared.
type program struct {
	name    string
	key     string                          // among the errors
	measure func(task) (measurement, error) // nil: not at this task
	can     func(task) bool
	results map[string]*measurement // by task
}

// cost is what Vn has to compute for a task.
type cost struct{ direct, carriedOut int64 }

// comparison is a network and what was measured of it.
type comparison struct {
	ctx  context.Context
	o    options
	file struct{ artifact, weights, image, onnx, output string }

	model    string
	image    []int // channel, z, y, x
	programs []*program
	errors   map[string]float64 // of the results, by program
	costs    map[string]cost    // by task
	peak     float64            // of the machine: the most FLOP/s that a process measured
	missing  []string
}

// compare measures all programs that are there on one model.
func compare(ctx context.Context, o options, model, directory string, p *peers) (*comparison, error) {
	c := &comparison{ctx: ctx, o: o, costs: map[string]cost{}, missing: slices.Clone(p.missing)}
	if err := c.prepare(model, directory); err != nil {
		return nil, err
	}
	c.programs = []*program{{name: "Vn", key: "vn", measure: c.vn, can: func(task) bool { return true }}}
	if p.torch() {
		c.programs = append(c.programs, &program{name: "PyTorch " + p.versions["torch"], key: "torch", can: func(task) bool { return true }, measure: c.torch(p)})
	}
	if p.onnx() {
		if err := p.call(ctx, &struct{}{}, "export", c.model, c.file.weights, c.file.image, c.file.onnx); err != nil {
			c.lose("onnxruntime is left out: the export of %s failed: %v", c.model, err)
		} else {
			c.programs = append(c.programs, &program{name: "onnxruntime " + p.versions["onnxruntime"], key: "onnx", can: func(t task) bool { return !t.step }, measure: c.onnx(p)})
		}
	}
	if err := c.measure(); err != nil {
		return nil, err
	}
	if p.torch() {
		return c, c.compareResults(p)
	}
	return c, nil
}

// measure lets the programs take turns at every task, several times.
func (c *comparison) measure() error {
	for round := range c.o.rounds {
		for _, t := range tasks {
			for _, program := range c.programs {
				if err := c.round(round, t, program); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// lose notes that something is missing from the tables.
func (c *comparison) lose(format string, args ...any) {
	c.missing = append(c.missing, fmt.Sprintf(format, args...))
	say("note: "+format, args...)
}

// round measures a program at a task once. A peer that fails is left out of the rest; where Vn fails, that is an error.
func (c *comparison) round(round int, t task, p *program) error {
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	if p.results == nil {
		p.results = map[string]*measurement{}
	}
	if !p.can(t) || round > 0 && p.results[t.name] == nil {
		return nil
	}
	say("%s, round %d of %d: %s, %s", c.model, round+1, c.o.rounds, t.name, p.name)
	m, err := p.measure(t)
	switch {
	case err != nil && p.key == "vn":
		return err
	case err != nil:
		delete(p.results, t.name)
		c.lose("%s failed at %s: %v", p.name, t.name, err)
		return nil
	}
	if p.results[t.name] == nil {
		p.results[t.name] = &measurement{}
	}
	p.results[t.name].add(m)
	return nil
}

// prepare writes what all programs are given: the weights, as Vn initialises them, and an image of noise.
func (c *comparison) prepare(file, directory string) error {
	set := map[string]string{}
	for _, s := range c.o.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("-set %s: write -set NAME=VALUE", s)
		}
		set[name] = value
	}
	m, err := workbench.Load(file, workbench.Options{Set: set, Training: true})
	if err != nil {
		return err
	}
	defer m.Close()
	if c.model = m.Name; !slices.Contains(networks, m.Name) || m.Recipe == nil {
		return fmt.Errorf("the peers have %s, trained by the recipes of models/: %s is none of them", strings.Join(networks, " and "), m.Name)
	}
	for path, name := range map[*string]string{
		&c.file.artifact: ".vnc", &c.file.weights: ".safetensors", &c.file.image: ".npy", &c.file.onnx: ".onnx", &c.file.output: "_output.npy",
	} {
		*path = filepath.Join(directory, m.Name+name)
	}
	d := cpu.New(1)
	defer d.Close()
	w, err := m.Open(d)
	if err != nil {
		return err
	}
	if err := w.Initialise(m.Recipe.Seed); err != nil {
		return err
	}
	if err := m.Save(c.file.artifact, w); err != nil {
		return err
	}
	packed, err := workbench.Load(c.file.artifact, workbench.Options{})
	if err != nil {
		return err
	}
	defer packed.Close()
	if err := packed.ExportWeights(c.file.weights); err != nil {
		return err
	}
	return c.writeImage(m.Inference)
}

// writeImage writes noise for the input of a plan.
func (c *comparison) writeImage(p *plan.Plan) error {
	for _, b := range p.Buffers {
		if b.Class != plan.Input || b.Name == runtime.StepInput {
			continue
		}
		c.image = b.Type.Shape()[1:]
		noise, values := rng.New(1), make([]float32, b.Type.Elements())
		for i := range values {
			values[i] = float32(noise.Normal())
		}
		return artifact.WriteNPY(c.file.image, &artifact.Array{Shape: c.image, Values: values})
	}
	return fmt.Errorf("%s has no input", p.Name)
}

// vn measures Vn.
func (c *comparison) vn(t task) (measurement, error) {
	args := []string{"bench", c.file.artifact, "--json", "--runs", strconv.Itoa(c.o.runs), "--threads", strconv.Itoa(c.o.threads)}
	if t.step {
		args = append(args, "--batch", strconv.Itoa(t.batch))
	} else {
		args = append(args, "--no-train")
	}
	out, err := c.vnc(args...)
	if err != nil {
		return measurement{}, err
	}
	var r struct {
		Forward     []float64 `json:"forward_runs_ms"`
		Step        []float64 `json:"train_step_runs_ms"`
		ForwardCost int64     `json:"forward_flops"`
		ForwardTrue int64     `json:"forward_true_flops"`
		StepCost    int64     `json:"train_step_flops"`
		StepTrue    int64     `json:"train_step_true_flops"`
		PeakBytes   int64     `json:"peak_bytes"`
		PeakGFLOPS  float64   `json:"peak_gflops"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return measurement{}, fmt.Errorf("the output of vnc bench: %w", err)
	}
	c.peak = max(c.peak, r.PeakGFLOPS*1e9)
	m := measurement{Seconds: r.Forward, PeakBytes: r.PeakBytes}
	c.costs[t.name] = cost{r.ForwardCost, r.ForwardTrue}
	if t.step {
		m.Seconds = r.Step
		c.costs[t.name] = cost{r.StepCost, r.StepTrue}
	}
	for i := range m.Seconds {
		m.Seconds[i] /= 1e3
	}
	return m, nil
}

// vnc runs vnc.
func (c *comparison) vnc(args ...string) ([]byte, error) {
	command := exec.CommandContext(c.ctx, c.o.vnc, args...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("vnc %s: %w: %s", args[0], err, bytes.TrimSpace(errors.Bytes()))
	}
	return out, nil
}

// compareResults compares what the programs compute with float64.
func (c *comparison) compareResults(p *peers) error {
	say("%s: results against float64", c.model)
	if _, err := c.vnc("run", c.file.artifact, c.file.image, "-o", filepath.Dir(c.file.output), "--overwrite", "--threads", strconv.Itoa(c.o.threads)); err != nil {
		return err
	}
	args := []string{"error", c.model, c.file.weights, c.file.image, c.file.output}
	if _, err := os.Stat(c.file.onnx); err == nil {
		args = append(args, c.file.onnx)
	}
	if err := p.call(c.ctx, &c.errors, args...); err != nil {
		c.lose("the results were not compared with float64: %v", err)
	}
	return nil
}
