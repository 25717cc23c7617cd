// Rows of the requirements that this project does not prove by a test, with the reason. Anything else without a test waits.

const gateway = 'binds a gateway between data channel and TCP, which a relay is not';

const webSocket = 'WebSocket is not part of this version';

export const leftOut: Readonly<Record<string, string>> = {
  'DC-07': gateway,
  'DC-08': gateway,
  'DC-09': gateway,
  'DC-10': gateway,
  'DC-11': gateway,
  'DC-12': gateway,
  'DC-13': gateway,
  'DC-14': gateway,
  'WS-01': webSocket,
  'WS-02': webSocket,
  'WS-03': webSocket,
  'WS-04': webSocket,
  'WS-05': webSocket,
  'WS-08': webSocket,
  'WS-09': webSocket,
  'WS-12': webSocket,
  'WS-15': webSocket,
  'WS-16': webSocket,
  'WS-17': webSocket,
  'WS-19': webSocket,
  'WS-21': webSocket,
  'WS-23': webSocket,
};
