package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write writes the volume in the format that the name's extension says: .mhd (with the voxels in a .raw file beside
// it), .mha, .nii or .nii.gz. Voxels are written as v.Type; for an integer type they are rounded to the nearest whole
// number, halves to even, and a voxel that the type cannot hold is an error that names it.
//
// Each file appears whole or not at all: on failure, a full disk among others, one that was there before is unchanged.
// Of a .mhd and its .raw, the .raw is written first.
func Write(path string, v *Volume) error { return write(path, v, false) }

// WriteCompressed is Write with the voxels compressed by zlib, for .mhd (voxels in a .zraw file) and .mha. A .nii.gz is
// always compressed, a .nii never: to ask for it is an error.
func WriteCompressed(path string, v *Volume) error { return write(path, v, true) }

// Files returns the paths of the files that Write makes, the one that is asked for first.
func Files(path string) []string {
	if strings.HasSuffix(strings.ToLower(path), ".mhd") {
		return []string{path, voxelFile(path, ".raw")}
	}
	return []string{path}
}

func write(path string, v *Volume, compress bool) error {
	wrap := func(err error) error { return fmt.Errorf("write %s: %w", path, err) }
	if int(v.Type) >= len(typeNames) {
		return wrap(fmt.Errorf("%v is no voxel type", v.Type))
	}
	if err := v.check(); err != nil {
		return wrap(err)
	}
	if err := v.checkFits(); err != nil {
		return wrap(err)
	}
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".mhd"):
		return writeMHD(path, v, compress)
	case strings.HasSuffix(name, ".mha"):
		return writeMHA(path, v, compress)
	case strings.HasSuffix(name, ".nii.gz"):
		return writeNIfTI(path, v, true)
	case strings.HasSuffix(name, ".nii") && compress:
		return wrap(errors.New("a .nii file is not compressed: name it .nii.gz"))
	case strings.HasSuffix(name, ".nii"):
		return writeNIfTI(path, v, false)
	}
	return wrap(errors.New("the name must end in .mhd, .mha, .nii or .nii.gz, the formats that can be written: choose a name that does"))
}

// withoutPath strips the operation and the path from a file system error, for messages that have them already.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && error(e) == err {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: check the name", e.Err)
		}
		return e.Err
	}
	return err
}
