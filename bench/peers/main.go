// Command peers measures Vn beside PyTorch and onnxruntime: the same networks with the same weights on the same image,
// on the same number of threads, one after the other in turn, so that what else the machine does meets them all. It
// writes the tables of docs/performance.md.
//
//	go run ./bench/peers -python /path/to/venv/bin/python -o table.md
//
// The peers are measured where a Python that has them is named: PyTorch needs the packages torch and numpy, onnxruntime
// needs onnxruntime, onnx and onnxscript beside them, because the network comes to it through PyTorch. What is not there
// is left out, and the tables say so. Each measurement is a process of its own: two runs to warm up and a few that count,
// in several rounds. The memory is that of the whole process at its peak.
//
// The errors are relative L2 errors of log p1 - log p0, the difference of the two logits, against a network computed in
// float64 throughout.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

// options are the command line.
type options struct {
	python, vnc, out string
	models, set      list
	threads          int
	rounds, runs     int
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "the Python that has the peers")
	flag.StringVar(&o.vnc, "vnc", "", "the vnc to measure; made of this repository where none is named")
	flag.StringVar(&o.out, "o", "", "the file for the tables; the standard output where none is named")
	flag.Var(&o.models, "model", "a model to measure, once for each; models/vnet.vn and models/unet.vn where none is named")
	flag.Var(&o.set, "set", "a parameter of the models, such as width=4 or image=1,64,64,32, once for each")
	flag.IntVar(&o.threads, "threads", runtime.NumCPU(), "threads of each program")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, in each of which every program is measured once")
	flag.IntVar(&o.runs, "runs", 2, "runs of a measurement, after two to warm up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "peers: %v\n", err)
		os.Exit(1)
	}
}

// say tells the user what goes on.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func run(ctx context.Context, o options) error {
	if flag.NArg() > 0 || o.threads < 1 || o.rounds < 1 || o.runs < 1 {
		return errors.New("-threads, -rounds and -runs are at least 1, and there are no arguments beside the flags")
	}
	directory, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	if o.vnc == "" {
		o.vnc = filepath.Join(directory, "vnc")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", o.vnc, "github.com/vnlang/vn/cmd/vnc").CombinedOutput(); err != nil {
			return fmt.Errorf("build vnc: %w: %s; run peers in the repository, or name a vnc with -vnc", err, out)
		}
	}
	if len(o.models) == 0 {
		o.models = list{filepath.Join("models", "vnet.vn"), filepath.Join("models", "unet.vn")}
	}
	peers, err := findPeers(ctx, directory, o.python)
	if err != nil {
		return err
	}
	for _, missing := range peers.missing {
		say("note: %s", missing)
	}
	var text strings.Builder
	for _, file := range o.models {
		c, err := compare(ctx, o, file, directory, peers)
		if err != nil {
			return fmt.Errorf("measure %s: %w", file, err)
		}
		c.write(&text)
	}
	if o.out == "" {
		_, err = fmt.Print(text.String())
		return err
	}
	return os.WriteFile(o.out, []byte(text.String()), 0o666)
}
