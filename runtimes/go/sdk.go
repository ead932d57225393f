// Package sdk carries metadata into the response of the run: any JSON value, at most 64 KiB.
package sdk

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

func metadataFile() (string, error) {
	path := os.Getenv("CODE_RUNNER_METADATA")
	if path == "" {
		return "", errors.New("sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata")
	}
	return path, nil
}

// SetMetadata replaces the metadata that the response carries. data is anything that encoding/json can marshal.
func SetMetadata(data any) error {
	path, err := metadataFile()
	if err != nil {
		return err
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// GetMetadata returns what SetMetadata was last given, as encoding/json decodes it, or nil.
func GetMetadata() (any, error) {
	path, err := metadataFile()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var data any
	err = json.Unmarshal(text, &data)
	return data, err
}
