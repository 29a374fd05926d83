package phantom

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vnlang/vn/volume"
)

// WriteDataset draws cases and writes them into a directory, which it makes where there is none: Case00.mhd with
// Case00.raw and Case00_segmentation.mhd with Case00_segmentation.raw, then Case01, and so on. Files of those names
// are replaced.
func WriteDataset(dir string, cases int, seed uint64, options Options) error {
	if cases < 1 {
		return fmt.Errorf("write a phantom data set of %d cases: it needs at least one", cases)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make a directory for the phantoms: %w", err)
	}
	for number := range cases {
		image, label, err := Generate(seed, number, options)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, fmt.Sprintf("Case%02d", number))
		if err := volume.Write(name+".mhd", image); err != nil {
			return fmt.Errorf("write phantom %d: %w", number, err)
		}
		if err := volume.Write(name+"_segmentation.mhd", label); err != nil {
			return fmt.Errorf("write the mask of phantom %d: %w", number, err)
		}
	}
	return nil
}
