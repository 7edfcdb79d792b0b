throw Object.assign(new Error('no database'), { code: 'ERR_NO_DATABASE' });
