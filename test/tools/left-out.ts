// Rows of the requirements that this project does not prove by a test, with the reason. Anything else without a test waits.

const gateway = 'binds a gateway between data channel and TCP, which a relay is not';

export const leftOut: Readonly<Record<string, string>> = {
  'DC-07': gateway,
  'DC-08': gateway,
  'DC-09': gateway,
  'DC-10': gateway,
  'DC-11': gateway,
  'DC-12': gateway,
  'DC-13': gateway,
  'DC-14': gateway,
};
