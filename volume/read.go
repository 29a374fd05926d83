package volume

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Read reads an image, MetaImage (.mhd with its data file, .mha) or NIfTI-1 or -2 (.nii, .nii.gz, .hdr with .img),
// which is recognised by its content and not only by its name.
//
// The image is a scalar one of three axes; two axes are read as one slice, and further axes must have size 1. Voxels
// become float32, and Type tells what they were; where a NIfTI header scales them (scl_slope), Type is Float32.
// NIfTI's RAS frame is turned into LPS, and units other than mm into mm.
//
// What the header says is checked against the files before memory is taken for it: a file of the wrong size, damaged or
// truncated data, numbers that are not finite, and kinds of image that Vn does not hold are errors, which name the
// file, what is wrong with it, and what to do. Formats: metaObject.cxx and metaImage.cxx of MetaIO; nifti1.h, nifti2.h.
func Read(path string) (*Volume, error) {
	var v *Volume
	err := dispatch(path,
		func(header string) (err error) { v, err = readMetaImage(header); return err },
		func(header string) (err error) { v, err = readNIfTI(header); return err })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

// ReadGeometry reads an image's geometry from its header. It does not look at the voxels, nor whether they are there.
// Its errors are those of Read.
func ReadGeometry(path string) (Geometry, error) {
	var g Geometry
	err := dispatch(path,
		func(header string) error {
			h, err := openMetaHeader(header)
			if err == nil {
				g = h.Geometry
			}
			return err
		},
		func(header string) error {
			h, s, err := openNIfTIHeader(header)
			if err == nil {
				s.file.Close()
				g = h.Geometry
			}
			return err
		})
	if err != nil {
		return Geometry{}, fmt.Errorf("read %s: %w", path, err)
	}
	return g, nil
}

// dispatch recognises the format of the image at path and calls the one of the functions that reads its header.
func dispatch(path string, meta, nifti func(header string) error) error {
	file, _, err := openRegular(path)
	if err != nil {
		return withoutPath(err)
	}
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	file.Close()
	if n == 0 && err != io.EOF {
		return withoutPath(err)
	}
	start = start[:n]

	extension := strings.ToLower(filepath.Ext(strings.TrimSuffix(path, ".gz")))
	switch _, _, isNIfTI := niftiOrder(slices.Concat(start, make([]byte, 4))); {
	case extension == ".img":
		header, err := niftiPartner(path, ".img", ".hdr")
		if err != nil {
			return err
		}
		return nifti(header)
	case isNIfTI, strings.HasPrefix(string(start), "\x1f\x8b"), extension == ".nii", extension == ".hdr":
		return nifti(path)
	case extension == ".mhd", extension == ".mha", strings.Contains(string(start), "NDims"):
		return meta(path)
	case extension == ".raw", extension == ".zraw":
		return fmt.Errorf("a %s file holds voxels alone: name the header that belongs to it, such as %s", extension, strings.TrimSuffix(path, filepath.Ext(path))+".mhd")
	}
	return fmt.Errorf("neither the name nor the content is that of an image Vn reads: MetaImage (.mhd, .mha) or NIfTI (.nii, .nii.gz, .hdr/.img)")
}
