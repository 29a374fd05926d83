// Command vnc-nvrtc compiles CUDA C++ to a cubin with NVIDIA's runtime compiler, NVRTC:
//
//	vnc-nvrtc --arch sm_80 [--driver 12.4] [-o FILE.cubin] < FILE.cu
//	vnc-nvrtc --version [--arch sm_80] [--driver 12.4]
//
// It is a command of its own because it loads a shared library: vnc, which starts it, stays one static file. It needs
// neither cgo nor a GPU, and of CUDA the libraries libnvrtc and libnvrtc-builtins alone. NVRTC is the file that the
// environment variable VN_NVRTC names; else the first of libnvrtc.so.13, .12 and .11.2 that knows the architecture, and
// whose machine code the driver loads, where its version is given: where the system's loader finds it (LD_LIBRARY_PATH,
// ldconfig), in the folder cuda-tools/lib beside the command, in build or beside its own folder (scripts/cuda-tools.sh), in
// lib64 of CUDA_HOME, or in /usr/local/cuda/lib64.
//
// The exit code is 0 when all went well, 1 when the text does not compile, 2 when the command line is at fault, and 3
// when there is no NVRTC that will do.
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
	var driver cudaVersion
	flags.Var(&driver, "driver", "the `version` of CUDA up to which the driver goes, such as 12.4")
	output := flags.String("o", "", "the `file` to write; the standard output where it is left out")
	version := flags.Bool("version", false, "print the version of NVRTC and where it is")
	flags.Usage = func() {
		fmt.Fprintln(errOut, "vnc-nvrtc compiles CUDA C++ from the standard input to a cubin, by NVIDIA's NVRTC: vnc-nvrtc --arch sm_80 -o FILE.cubin < FILE.cu")
		flags.PrintDefaults()
	}
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
	err := run(wanted{*arch, driver}, *output, *version, in, out, errOut)
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

// wanted is what an NVRTC has to do.
type wanted struct {
	arch   string      // to compile for; empty: any
	driver cudaVersion // to load what was compiled; zero: any
}

// cudaVersion is a version of CUDA.
type cudaVersion struct{ major, minor int32 }

// String returns the version as 12.4.
func (v *cudaVersion) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// Set reads a version.
func (v *cudaVersion) Set(text string) error {
	if n, _ := fmt.Sscanf(text, "%d.%d", &v.major, &v.minor); n != 2 || v.major < 1 {
		return errors.New("write a version such as 12.4")
	}
	return nil
}

// run does what the flags say.
func run(w wanted, output string, version bool, in io.Reader, out, errOut io.Writer) error {
	l, err := load(places(), w)
	if err != nil {
		return err
	}
	if version {
		_, err := fmt.Fprintln(out, l.stamp())
		return err
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the standard input: %w", err)
	}
	cubin, log, err := l.compile(string(text), options(w.arch))
	if log != "" {
		fmt.Fprintln(errOut, log)
	}
	if err != nil {
		return fmt.Errorf("compile for %s: %w", w.arch, err)
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
