// Command vnc-nvrtc compiles CUDA C++ to a cubin with NVIDIA's runtime compiler, NVRTC:
//
//	vnc-nvrtc --arch sm_80 [-o FILE.cubin] < FILE.cu
//	vnc-nvrtc --version
//
// It is a command of its own because it loads a shared library: vnc, which starts it, stays one static file. It needs
// neither cgo nor a GPU, and of CUDA the libraries libnvrtc and libnvrtc-builtins alone. NVRTC is the file that the
// environment variable VN_NVRTC names; else libnvrtc.so.13, .12 or .11.2 where the system's loader finds it
// (LD_LIBRARY_PATH, ldconfig), in the folder cuda-tools/lib beside the command, in build or beside its own folder
// (scripts/cuda-tools.sh), or in /usr/local/cuda/lib64.
//
// The exit code is 0 when all went well, 1 when the text does not compile, 2 when the command line is at fault, and 3
// when there is no NVRTC.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// The exit codes.
const (
	exitOK        = 0
	exitError     = 1
	exitUsage     = 2
	exitNoLibrary = 3
)

// errNoLibrary is the error where NVRTC cannot be loaded.
var errNoLibrary = errors.New("there is no NVRTC")

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func execute(args []string, in io.Reader, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("vnc-nvrtc", flag.ContinueOnError)
	flags.SetOutput(errOut)
	arch := flags.String("arch", "", "the architecture, such as `sm_80` or sm_90a")
	output := flags.String("o", "", "the `file` to write; the standard output where it is left out")
	version := flags.Bool("version", false, "print the version of NVRTC and where it is")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	if flags.NArg() > 0 || *arch == "" && !*version {
		fmt.Fprintln(errOut, "vnc-nvrtc: say --arch sm_80 or --arch sm_90a, and give the text on the standard input")
		return exitUsage
	}
	err := run(*arch, *output, *version, in, out, errOut)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNoLibrary):
		fmt.Fprintf(errOut, "vnc-nvrtc: %v\n", err)
		return exitNoLibrary
	}
	fmt.Fprintf(errOut, "vnc-nvrtc: %v\n", err)
	return exitError
}

// run does what the flags say.
func run(arch, output string, version bool, in io.Reader, out, errOut io.Writer) error {
	l, err := load()
	if err != nil {
		return err
	}
	if version {
		_, err := fmt.Fprintln(out, l.version())
		return err
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the standard input: %w", err)
	}
	cubin, log, err := l.compile(string(text), options(arch))
	if log != "" {
		fmt.Fprintln(errOut, log)
	}
	if err != nil {
		return fmt.Errorf("compile for %s: %w", arch, err)
	}
	if output != "" {
		return os.WriteFile(output, cubin, 0o666)
	}
	_, err = out.Write(cubin)
	return err
}

// options returns those of NVRTC for an architecture.
func options(arch string) []string {
	o := []string{"--gpu-architecture=" + arch, "-std=c++17", "-default-device"}
	if arch == "sm_90a" {
		o = append(o, "-DVN_SM90A")
	}
	return o
}
