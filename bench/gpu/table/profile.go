package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// readProfile takes measured times from the JSON of vnc bench (docs/json.md): a layer for each kernel of the plan, in
// order.
func readProfile(file string, programs []*program) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r struct {
		Forward float64 `json:"forward_ms"`
		Step    float64 `json:"train_step_ms"`
		Layers  []struct {
			Pass string  `json:"pass"`
			Name string  `json:"name"`
			MS   float64 `json:"ms"`
		} `json:"layers"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for _, p := range programs {
		pass, total := "forward", r.Forward
		if p.plan.Mode == "training" {
			pass, total = "train_step", r.Step
		}
		var times []float64
		for _, l := range r.Layers {
			if l.Pass != pass {
				continue
			}
			if n := len(times); n < len(p.plan.Kernels) && p.plan.Kernels[n].Name != l.Name {
				return fmt.Errorf("%s is of another plan: kernel %d is %s there, and %s here; say -model, -set and -batch as they were", file, n, l.Name, p.plan.Kernels[n].Name)
			}
			times = append(times, l.MS/1e3)
		}
		if len(times) == 0 {
			continue // it was not measured
		}
		if len(times) != len(p.plan.Kernels) {
			return fmt.Errorf("%s is of another plan: it has %d kernels of the %s, not %d", file, len(times), pass, len(p.plan.Kernels))
		}
		p.total = total / 1e3
		for _, g := range p.groups {
			for _, i := range g.indices {
				g.measured += times[i]
			}
		}
	}
	return nil
}
