// Command vnc checks, compiles, trains and runs networks written in Vn.
//
// Each command is one file here: its flags, and the order in which it calls package workbench, which does the work.
// The exit code is 0 when all went well, 1 when the program, the data or the machine is at fault, 2 when the command
// line is, 3 for a fault of vnc itself, and 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/repl"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/train"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitInternal    = 3
	exitInterrupted = 130 // as shells count: 128 and the number of SIGINT
)

// maxThreads bounds --threads: each thread has memory of its own, and more than the cores make nothing faster.
const maxThreads = 1024

// cli is the command line.
type cli struct {
	Check   checkCommand   `cmd:"" help:"Report everything that is wrong with programs."`
	Fmt     fmtCommand     `cmd:"" help:"Lay out programs the way all programs are laid out."`
	Inspect inspectCommand `cmd:"" help:"Show a model stage by stage, and what it needs."`
	Compile compileCommand `cmd:"" help:"Compile a program into an artifact."`
	Train   trainCommand   `cmd:"" help:"Train a model on a directory of volumes."`
	Run     runCommand     `cmd:"" help:"Segment volumes, or run a model on arrays."`
	Bench   benchCommand   `cmd:"" help:"Measure how fast a model runs on this machine, kernel by kernel."`
	Weights weightsCommand `cmd:"" help:"List the weights of a file, or those that a model needs."`
	Repl    replCommand    `cmd:"" help:"Try out the language, interactively or from a script."`
	Phantom phantomCommand `cmd:"" help:"Write a synthetic data set."`
	Demo    demoCommand    `cmd:"" help:"Train a small network on synthetic data, and see what it does."`
	Explain explainCommand `cmd:"" help:"Explain an error code."`
	Devices devicesCommand `cmd:"" help:"List what models can run on, and what a GPU lacks."`
	Version versionCommand `cmd:"" help:"Print the version."`

	Device  string  `help:"What to run models on: cpu, or cuda for a GPU." enum:"cpu,cuda" default:"cpu"`
	Threads int     `help:"Threads to compute with; 0 is one for each core." placeholder:"N" default:"0"`
	Exact   bool    `help:"Compute convolutions by direct kernels alone: slower, and a digit more accurate."`
	Memory  *string `help:"What a plan should take beside its weights, such as 2GiB; less is slower, and more may save some time." placeholder:"SIZE"`
	Color   string  `help:"Colours in messages: auto, always or never." enum:"auto,always,never" default:"auto"`
}

const description = `vnc checks, compiles, trains and runs volumetric networks written in Vn.

The instructions of the processor that it computes with are chosen by themselves; the environment variable VN_CPU
(avx512, avx2 or portable) chooses others. Exit codes: 0 all went well, 1 the program, the data or the machine is at
fault, 2 the command line is, 3 vnc itself is, 130 interrupted.`

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// app is what commands are given.
type app struct {
	in       io.Reader
	out, err io.Writer
	threads  int
	name     string // of the device
	options  []cpu.Option
	memory   int64 // bytes, as --memory says; 0 where it is not given
	color    bool  // of what is written to err
}

// interruptible returns a context that the first Ctrl-C, or the SIGTERM of a batch system or a service manager, cancels;
// the second ends the process at once.
func (a *app) interruptible() (ctx context.Context, stop func()) {
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// note writes a line for a person to the error output.
func (a *app) note(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }

// render shows diagnostics with the lines that they speak of.
func (a *app) render(l diag.List) {
	if len(l) > 0 {
		diag.Render(a.err, l, diag.Options{Color: a.color})
	}
}

// execute runs the command line and returns the exit code.
func execute(args []string, in io.Reader, out, errOut io.Writer) (code int) {
	debug.SetPanicOnFault(true)
	defer func() {
		if r := recover(); r != nil {
			if fault, ok := r.(interface{ Addr() uintptr }); ok && fault.Addr() > 1<<16 { // no nil pointer
				fmt.Fprintf(errOut, "vnc: a file that weights were read from was cut short while it was in use, or its disk failed: run again\n")
				code = exitError
				return
			}
			internal(errOut, args, r)
			code = exitInternal
		}
	}()
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("vnc"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(out, errOut), kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": version()},
	)
	if err != nil {
		panic(err)
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:], "--help")
	}
	command, err := parser.Parse(args)
	if exited { // --help was all that was asked for
		return exitOK
	}
	if err != nil {
		return misused(errOut, command, err)
	}
	if c.Threads < 0 || c.Threads > maxThreads {
		return misused(errOut, command, &usageError{fmt.Sprintf("--threads is %d: choose from 0 to %d", c.Threads, maxThreads)})
	}
	if err := c.checkDevice(command); err != nil {
		return misused(errOut, command, err)
	}
	options, memory, err := c.deviceOptions()
	if err != nil {
		return misused(errOut, command, err)
	}
	if name := os.Getenv("VN_CPU"); name != "" {
		if err := kernel.Use(name); err != nil {
			fmt.Fprintf(errOut, "vnc: VN_CPU: %v\n", err)
			return exitUsage
		}
	}
	counted := &checkedWriter{to: out}
	a := &app{in, counted, errOut, c.Threads, c.Device, options, memory, coloured(c.Color, errOut)}
	if c.Device != "cpu" && openers[c.Device] == nil {
		return a.report(command, handOver(args))
	}
	err = command.Run(a)
	if err == nil && counted.err != nil {
		err = fmt.Errorf("write to the standard output: %w", counted.err)
	}
	return a.report(command, err)
}

// report shows an error and returns its exit code.
func (a *app) report(command *kong.Context, err error) int {
	var found diag.List
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return misused(a.err, command, err)
	case errors.As(err, &found):
		a.render(found)
	case errors.Is(err, errFailed), errors.Is(err, repl.ErrFailed):
	default:
		fmt.Fprintf(a.err, "vnc: %v\n", err)
	}
	if errors.Is(err, train.ErrInterrupted) {
		return exitInterrupted
	}
	return exitError
}

// errFailed is the error of a command that has said already what is wrong.
var errFailed = errors.New("failed")

// usageError is a mistake in the command line that the parser does not see.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// misused reports a mistake in the command line.
func misused(w io.Writer, command *kong.Context, err error) int {
	name := "vnc"
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		command = parse.Context
	}
	if command != nil && command.Selected() != nil {
		name += " " + command.Selected().Name
	}
	text := strings.Replace(err.Error(), `,"" but got`, ` but got`, 1) // kong wants the choice of nothing in the list; nobody else does
	fmt.Fprintf(w, "vnc: %s\nhelp: %s --help\n", text, name)
	return exitUsage
}

// internal reports a panic, which is always a fault of vnc.
func internal(w io.Writer, args []string, cause any) {
	fmt.Fprintf(w, "vnc: internal error: %v\n\nThis is a fault of vnc, not of your program. Please report it with all of this, and with the program:\n\n  vnc %s\n  %s\n\n%s",
		cause, strings.Join(args, " "), version(), debug.Stack())
}
