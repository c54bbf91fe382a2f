// The script of a module worker: it is not imported.
export {};
