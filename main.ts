console.log("certswap");
