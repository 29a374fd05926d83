// Command report puts together what bench/gpu.sh measured: it prints tables, and writes gpu.json beside the results.
//
//	report DIRECTORY
//
// The directory has steps.tsv, a line for each step with its name, its seconds and how it ended; bench-ARCH-PRECISION.json
// of vnc bench; ARCH-PRECISION/image_output.npy of vnc run on a GPU, and reference/image_output.npy on the CPU with
// --exact; and torch.json of torch_vnet.py. What is missing is left out.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "report: write report DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(1)
	}
}

func run(directory string) error {
	r, err := gather(directory)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(directory, "gpu.json"), append(text, '\n'), 0o666); err != nil {
		return err
	}
	r.print(os.Stdout)
	return nil
}
