package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// print prints the results as markdown.
func (r *results) print(w io.Writer) {
	fmt.Fprintf(w, "### Steps\n\n| step | seconds | result |\n| --- | ---: | --- |\n")
	for _, s := range r.Steps {
		row(w, s.Name, fmt.Sprintf("%.1f", s.Seconds), s.Result)
	}
	if len(r.Vn) > 0 {
		r.printVn(w)
	}
	if r.Torch != nil {
		r.printTorch(w)
	}
	r.printComparison(w)
}

func (r *results) printVn(w io.Writer) {
	fmt.Fprintf(w, "\n### Vn on %s\n\n", device(r.Vn[0].Device))
	fmt.Fprintln(w, "| precision | written for | forward, batch 1 | its kernels | TFLOP/s | training step | batch | its kernels | TFLOP/s | planned | error |")
	fmt.Fprintln(w, "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, m := range r.Vn {
		row(w, m.Precision, m.Arch, milliseconds(m.Forward), milliseconds(m.ForwardDevice), rate(m.FLOPs, m.time("forward")),
			milliseconds(m.Step), fmt.Sprint(m.Batch), milliseconds(m.StepDevice), rate(m.StepFLOPs, m.time("train")), fmt.Sprintf("%d MiB", m.Planned>>20), scientific(m.Error))
	}
}

func (r *results) printTorch(w io.Writer) {
	h := r.Torch.Head
	fmt.Fprintf(w, "\n### PyTorch %v, CUDA %v, cuDNN %v, on %v\n\n", h["torch"], h["cuda"], h["cudnn"], h["device"])
	fmt.Fprintln(w, "| task | precision | layout | mode | ms | TFLOP/s | peak | error |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | ---: | ---: | ---: | ---: |")
	for _, p := range r.Torch.Rows {
		if p.MS == 0 && p.Failed == "" { // the check of the reference
			row(w, p.What, p.Precision, p.Layout, p.Mode, "", "", "", scientific(p.Error))
			continue
		}
		if p.Failed != "" {
			row(w, p.What, p.Precision, p.Layout, p.Mode, p.Failed, "", "", "")
			continue
		}
		row(w, p.What, p.Precision, p.Layout, p.Mode, milliseconds(p.MS), fmt.Sprintf("%.3g", p.TFLOPS), fmt.Sprintf("%.0f MiB", p.PeakMiB), scientific(p.Error))
	}
}

// printComparison says how the fastest of both compare.
func (r *results) printComparison(w io.Writer) {
	if r.Torch == nil || len(r.Vn) == 0 {
		return
	}
	fmt.Fprintf(w, "\n### The fastest of each\n\n| task | Vn | PyTorch | Vn is faster by | memory, of PyTorch's |\n| --- | --- | --- | ---: | ---: |\n")
	for _, task := range []string{"forward", "train"} {
		peers := slices.DeleteFunc(slices.Clone(r.Torch.Rows), func(p peer) bool { return p.What != task || p.MS == 0 })
		ours := slices.DeleteFunc(slices.Clone(r.Vn), func(m *measurement) bool { return m.time(task) == 0 })
		if len(peers) == 0 || len(ours) == 0 {
			continue
		}
		p := slices.MinFunc(peers, func(a, b peer) int { return cmp.Compare(a.MS, b.MS) })
		m := slices.MinFunc(ours, func(a, b *measurement) int { return cmp.Compare(a.time(task), b.time(task)) })
		memory := ""
		if p.PeakMiB > 0 && task == "train" {
			memory = fmt.Sprintf("%.2g", float64(m.Planned)/(1<<20)/p.PeakMiB)
		}
		row(w, task, fmt.Sprintf("%s ms, %s, %s", milliseconds(m.time(task)), m.Precision, m.Arch),
			fmt.Sprintf("%s ms, %s, %s, %s", milliseconds(p.MS), p.Precision, p.Layout, p.Mode), fmt.Sprintf("%.2g×", p.MS/m.time(task)), memory)
	}
}

// time returns the milliseconds of a task on the device, as PyTorch's are measured.
func (m *measurement) time(task string) float64 {
	if task == "train" {
		return m.StepDevice
	}
	return m.ForwardDevice
}

// device returns the GPU of a description, which ends in the precision.
func device(description string) string {
	name, _, _ := strings.Cut(description, ",")
	return name
}

func row(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

func milliseconds(ms float64) string {
	if ms == 0 {
		return ""
	}
	return fmt.Sprintf("%.4g", ms)
}

func scientific(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.1e", v)
}

// rate writes operations per millisecond in TFLOP/s.
func rate(flops int64, ms float64) string {
	if ms == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", float64(flops)/ms/1e9)
}
