package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed *.py
var scripts embed.FS

// peers are the other programs, as far as they are there.
type peers struct {
	python, script string
	versions       map[string]string // of Python packages
	missing        []string          // what is left out, and what to do about it
}

// torch reports whether PyTorch can be measured.
func (p *peers) torch() bool { return p.has("torch", "numpy") }

// onnx reports whether onnxruntime can be measured.
func (p *peers) onnx() bool { return p.torch() && p.has("onnxruntime", "onnx", "onnxscript") }

func (p *peers) has(packages ...string) bool {
	for _, name := range packages {
		if p.versions[name] == "" {
			return false
		}
	}
	return true
}

// findPeers asks Python for its packages, and writes the scripts that measure them into a directory.
func findPeers(ctx context.Context, directory, python string) (*peers, error) {
	files, err := scripts.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := scripts.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(directory, f.Name()), text, 0o666); err != nil {
			return nil, err
		}
	}
	p := &peers{python: python, script: filepath.Join(directory, "measure.py")}
	if err := p.call(ctx, &p.versions, "packages"); err != nil {
		p.missing = []string{fmt.Sprintf("PyTorch and onnxruntime are left out: %s does not run (%v); name a Python that has them with -python", python, err)}
		return p, nil
	}
	p.missing = p.lacks()
	return p, nil
}

// lacks says what is left out because of packages that are not there.
func (p *peers) lacks() []string {
	var absent []string
	for _, name := range []string{"torch", "numpy", "onnxruntime", "onnx", "onnxscript"} {
		if !p.has(name) {
			absent = append(absent, name)
		}
	}
	left := ""
	switch {
	case !p.torch():
		left = "PyTorch and onnxruntime are left out"
	case !p.onnx():
		left = "onnxruntime is left out"
	default:
		return nil
	}
	return []string{fmt.Sprintf("%s: %s has no %s; install with %s -m pip install %s, best in an environment of its own (python3 -m venv)",
		left, p.python, strings.Join(absent, ", "), p.python, strings.Join(absent, " "))}
}

// call runs the script and decodes the JSON in the last line that it prints.
func (p *peers) call(ctx context.Context, into any, args ...string) error {
	command := exec.CommandContext(ctx, p.python, append([]string{p.script}, args...)...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		if lines := strings.Split(strings.TrimSpace(errors.String()), "\n"); lines[0] != "" {
			return fmt.Errorf("%w: %s", err, lines[len(lines)-1])
		}
		return err
	}
	out = bytes.TrimSpace(out)
	return json.Unmarshal(out[bytes.LastIndexByte(out, '\n')+1:], into)
}

// torch returns a function that measures PyTorch.
func (c *comparison) torch(p *peers) func(task) (measurement, error) {
	return func(t task) (m measurement, err error) {
		args := []string{"torch-forward", c.model, c.file.weights, c.file.image, strconv.Itoa(c.o.threads), strconv.Itoa(c.o.runs)}
		if t.step {
			args[0] = "torch-step"
			args = append(args, strconv.Itoa(t.batch))
		}
		return m, p.call(c.ctx, &m, args...)
	}
}

// onnx returns a function that measures onnxruntime.
func (c *comparison) onnx(p *peers) func(task) (measurement, error) {
	return func(task) (m measurement, err error) {
		return m, p.call(c.ctx, &m, "onnx-forward", c.file.onnx, c.file.image, strconv.Itoa(c.o.threads), strconv.Itoa(c.o.runs))
	}
}
